export { clickFileFormats, type ClickFileFormatName } from "./click-file-formats.ts";
export { evaluationSplits, type EvaluationSplitName } from "./evaluation-splits.ts";
export { type EvaluationFiles, readEvaluationSet, readEvaluationSets } from "./read-evaluation-set.ts";
