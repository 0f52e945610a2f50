export { type ImportAccount, importClickLog, type ImportOptions, type ImportStage } from "./import-click-log.ts";
