import "../../log/src/log.ts";
export const x = 1;
