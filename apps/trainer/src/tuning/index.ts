export { type JudgedTrial } from "./trial-table.ts";
export { judgeTrial, type ObjectiveName, objectives, rememberParts, tune, type TuneOptions } from "./tune.ts";
