import type { Difference } from "./compare/difference.ts";
import type { FieldCoverage, SchemaDifference } from "./fields/describe-fields.ts";
import type { Side } from "./fields/field-tree.ts";
import type { ComparisonRules } from "./rules/parse-rules.ts";
import type { Verdict, VerdictLimits } from "./verdict/judge-tally.ts";
import type { Tally } from "./verdict/tally.ts";

export interface ReconciliationOptions extends VerdictLimits {
  readonly rules: ComparisonRules;
  /** Event times of a pair lie so close, and records come so much out of order. */
  readonly windowMs: number;
  /** How much further a partner is looked for; one found there is late. */
  readonly lateMs: number;
  /** A side that ends so long before the other has stalled. */
  readonly stallMs: number;
  readonly heldBytesMax: number;
  /** Share of the keys that is judged, above 0, at most 1. */
  readonly sample: number;
  /** Only event times from here on, and before there. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Both sides are whole: what has no partner by the end is missing. Else it is undecided near the end. */
  readonly isComplete: boolean;
  /** A later event time is none. */
  readonly timeMaxMs: number;
}

export interface SourceRecord {
  /** Null is a tombstone. */
  readonly text: string | null;
  readonly place: string;
}

export type MismatchOutcome = "different" | "only left" | "only right" | "late" | "doubled" | "unparsable";

/** What was found of one key. Several outcomes of one pair are one mismatch, named by the first that holds. */
export interface Mismatch {
  readonly outcome: MismatchOutcome;
  readonly key?: string;
  readonly eventType?: string;
  readonly reason?: string;
  readonly left?: MismatchRecord;
  readonly right?: MismatchRecord;
  readonly differences: readonly Difference[];
  /** All of them; `differences` names the first. */
  readonly differenceCount: number;
}

export interface MismatchRecord {
  readonly place: string;
  readonly timeMs?: number;
  readonly copies: number;
  readonly text: string | null;
}

export interface EventTypeReport {
  readonly eventType: string;
  readonly pairs: number;
  readonly fields: readonly FieldCoverage[];
  readonly isCut: boolean;
  readonly schema: readonly SchemaDifference[];
}

export interface ReconciliationReport extends Verdict {
  readonly tally: Tally;
  readonly eventTypes: readonly EventTypeReport[];
  readonly rulesUnused: readonly string[];
  readonly sample: number;
  readonly unsampledRecords: number;
  readonly heldBytesPeak: number;
  readonly stalled?: Side;
}
