export const composeRules: readonly [
  "image-not-pinned",
  "program-missing",
  "file-missing",
  "folder-not-made",
  "volume-unknown",
  "service-unknown",
  "variable-unknown",
  "port-not-default",
  "port-clash",
  "port-open",
  "not-scraped",
  "start-fails",
];
