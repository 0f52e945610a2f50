export { clickFileFormats, type ClickFileFormatName } from "./click-file-formats.ts";
export { evaluationSplits, type EvaluationSplitName } from "./evaluation-splits.ts";
export { readTenantEvaluationSet } from "./tenant-evaluation-set.ts";
export { type EvaluationFiles, readEvaluationSet, readEvaluationSets } from "./read-evaluation-set.ts";
