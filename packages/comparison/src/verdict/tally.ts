import type { Difference, DifferenceKind } from "../compare/difference.ts";
import type { Side } from "../fields/field-tree.ts";

type Sides = Record<Side, number>;

/** Counts of a comparison. Everything in it is a sum, so that it is of bounded size. */
export interface Tally {
  readonly records: Sides;
  /** Records that cannot be compared. */
  readonly unparsable: Sides;
  readonly outOfRange: Sides;
  /** Copies beyond the first, of the same event id. */
  readonly repeats: Sides;
  /** Older versions. */
  readonly superseded: Sides;
  /** Without a partner where none can be told to be missing: the other side had not come there, or had not begun. */
  readonly undecided: Sides;
  pairs: number;
  readonly raw: { equal: number; different: number };
  readonly afterRules: { equal: number; equalByRule: number; different: number };
  readonly only: Sides;
  /** Pairs, and records, that came together later than the window allows. */
  late: number;
  /** Keys of which one side has more copies than the other. */
  doubled: number;
  /** Pairs, lone and late records that were decided. */
  decided: number;
  /** Those of them that differ in any way that is not allowed. */
  differing: number;
  readonly kinds: Map<DifferenceKind, number>;
  /** Differences by field and kind. */
  readonly fields: Map<string, FieldTally>;
  fieldsLeftOut: number;
  /** How many pairs a rule excused something in. */
  readonly rulesUsed: Map<string, number>;
  /** The first reasons why records were unparsable. */
  readonly unparsableReasons: Map<string, number>;
}

export interface FieldTally {
  readonly eventType: string;
  readonly field: string;
  readonly kind: DifferenceKind;
  pairs: number;
}

const sides = (): Sides => ({ left: 0, right: 0 });
/** Fields of which differences are counted one by one. */
const fieldTalliesMax = 1_000;
const reasonsMax = 20;

export function newTally(): Tally {
  return {
    records: sides(),
    unparsable: sides(),
    outOfRange: sides(),
    repeats: sides(),
    superseded: sides(),
    undecided: sides(),
    pairs: 0,
    raw: { equal: 0, different: 0 },
    afterRules: { equal: 0, equalByRule: 0, different: 0 },
    only: sides(),
    late: 0,
    doubled: 0,
    decided: 0,
    differing: 0,
    kinds: new Map(),
    fields: new Map(),
    fieldsLeftOut: 0,
    rulesUsed: new Map(),
    unparsableReasons: new Map(),
  };
}

/** Counts each kind and each field once for a pair. */
export function tallyDifferences(tally: Tally, eventType: string, differences: readonly Difference[]): void {
  for (const kind of new Set(differences.map((difference) => difference.kind))) increase(tally.kinds, kind);
  const seen = new Set<string>();
  for (const { field, kind } of differences) {
    const id = JSON.stringify([eventType, field, kind]);
    if (seen.has(id)) continue;
    seen.add(id);
    const known = tally.fields.get(id);
    if (known) known.pairs += 1;
    else if (tally.fields.size < fieldTalliesMax) tally.fields.set(id, { eventType, field, kind, pairs: 1 });
    else tally.fieldsLeftOut += 1;
  }
}

export function tallyReason(tally: Tally, reason: string): void {
  const isRoom = tally.unparsableReasons.size < reasonsMax || tally.unparsableReasons.has(reason);
  increase(tally.unparsableReasons, isRoom ? reason : "other");
}

export function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
