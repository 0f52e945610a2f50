export type { Difference, DifferenceKind } from "./compare/difference.ts";
export { cutText } from "./compare/difference.ts";
export type { Side } from "./fields/field-tree.ts";
export { toPointer } from "./json/pointer.ts";
export { Reconciliation } from "./reconciliation.ts";
export type {
  Mismatch,
  MismatchRecord,
  ReconciliationOptions,
  ReconciliationReport,
  SourceRecord,
} from "./reconciliation-report.ts";
export { type ComparisonRules, parseRules } from "./rules/parse-rules.ts";
export { percent } from "./verdict/judge-tally.ts";
