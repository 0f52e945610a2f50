/**
 * Ways to cut one click log into a train set and a test set by the ends of sessions, as session-rec does (Ludewig et
 * al., UMUAI 2021).
 */
export interface EvaluationSplit {
  readonly description: string;
  /** Pairs of a train and a test set: figures are averages over them. */
  readonly slices: number;
  /** Days of sessions to learn from; all that lie before where not given. */
  readonly trainDays?: number;
  readonly testDays: number;
  /** From the log's first click to the first slice; counted back from its last click where `trainDays` is not given. */
  readonly offsetDays: number;
  /** From one slice to the next. */
  readonly shiftDays: number;
}

const lastDays = (testDays: number): EvaluationSplit => ({
  description: testDays === 1 ? "the last day is predicted" : `the last ${testDays} days are predicted`,
  slices: 1,
  testDays,
  offsetDays: 0,
  shiftDays: 0,
});

const windows = (trainDays: number, testDays: number, offsetDays: number, shiftDays: number): EvaluationSplit => ({
  description: `five windows of ${trainDays} days to learn from and ${testDays} to predict`,
  slices: 5,
  trainDays,
  testDays,
  offsetDays,
  shiftDays,
});

export const evaluationSplits = {
  "last-day": lastDays(1),
  "day-before-last": { ...lastDays(1), description: "the day before the last one is predicted", offsetDays: 1 },
  "last-7-days": lastDays(7),
  "rsc15-windows": windows(30, 1, 5, 31),
  "retailrocket-windows": windows(25, 2, 0, 27),
  "diginetica-windows": windows(25, 7, 45, 18),
} as const satisfies Readonly<Record<string, EvaluationSplit>>;

export type EvaluationSplitName = keyof typeof evaluationSplits;

/** Fewer clicks of an item, or of a session, and it is left out, as the papers have it. */
const itemClicksMin = 5;
const sessionClicksMin = 2;
const dayMs = 86_400_000;

/** Makes table `clicks` into table `kept` by the papers' filters: sessions, then items, then sessions again. */
export const filterClicksSql = `CREATE TABLE kept AS
WITH long AS (SELECT * FROM clicks QUALIFY count(*) OVER (PARTITION BY session) >= ${sessionClicksMin}),
known AS (SELECT * FROM long QUALIFY count(*) OVER (PARTITION BY item) >= ${itemClicksMin}),
whole AS (SELECT *, max(time_ms) OVER (PARTITION BY session) AS end_ms FROM known
  QUALIFY count(*) OVER (PARTITION BY session) >= ${sessionClicksMin})
SELECT * FROM whole ORDER BY row`;

/**
 * Conditions on `end_ms` of table `kept` for the two parts of a slice.
 * @param span  first and last time of the log, ms
 */
export function sliceSql(
  { trainDays, testDays, offsetDays, shiftDays }: EvaluationSplit,
  slice: number,
  span: { readonly firstMs: number; readonly lastMs: number },
): { readonly train: string; readonly test: string } {
  if (trainDays === undefined) {
    const endMs = span.lastMs - offsetDays * dayMs;
    const startMs = endMs - testDays * dayMs;
    return { train: `end_ms < ${startMs}`, test: `end_ms >= ${startMs} AND end_ms <= ${endMs}` };
  }
  const startMs = span.firstMs + (offsetDays + slice * shiftDays) * dayMs;
  const testMs = startMs + trainDays * dayMs;
  return {
    train: `end_ms >= ${startMs} AND end_ms < ${testMs}`,
    test: `end_ms >= ${testMs} AND end_ms <= ${testMs + testDays * dayMs}`,
  };
}
