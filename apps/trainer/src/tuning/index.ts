export { type JudgedTrial } from "./trial-table.ts";
export { type ObjectiveName, objectives, tune, type TuneOptions } from "./tune.ts";
