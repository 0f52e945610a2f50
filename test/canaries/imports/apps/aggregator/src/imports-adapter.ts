import "../../../packages/log/src/embedded/embedded-log.ts";
export const x = 1;
