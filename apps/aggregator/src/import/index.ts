export { type ImportAccount, importClickLog, type ImportOptions, type ImportStage } from "./import-click-log.ts";
export { openClickLog } from "./open-click-log.ts";
export { readRows } from "./read-rows.ts";
