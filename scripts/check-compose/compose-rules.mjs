/** What `scripts/check-compose.ts` reports, by name; test/canaries/compose breaks each of them. */
export const composeRules = /** @type {const} */ ([
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
]);
