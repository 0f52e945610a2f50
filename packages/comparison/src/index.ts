export type { Difference, DifferenceKind } from "./compare/difference.ts";
export { cutText } from "./compare/difference.ts";
export type { Side } from "./fields/field-tree.ts";
export { toPointer } from "./json/pointer.ts";
export { type ShadowAnswer, type ShadowOutcome } from "./rankings/compare-answers.ts";
export { judgeShadow, type ShadowLimits } from "./rankings/judge-shadow.ts";
export type { MeanBounds } from "./rankings/mean-tally.ts";
export { type ShadowCounts, type ShadowSideCounts, ShadowTally } from "./rankings/shadow-tally.ts";
export { Reconciliation } from "./reconciliation.ts";
export type {
  Mismatch,
  MismatchRecord,
  ReconciliationOptions,
  ReconciliationReport,
  SourceRecord,
} from "./reconciliation-report.ts";
export { type ComparisonRules, parseRules } from "./rules/parse-rules.ts";
export { percent, type Verdict } from "./verdict/judge-tally.ts";
