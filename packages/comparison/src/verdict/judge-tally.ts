import { type RateBounds, rateBounds } from "./confidence.ts";
import type { Tally } from "./tally.ts";

export interface VerdictLimits {
  /** Share of decided keys that may differ. 0: none. */
  readonly differenceRateMax: number;
  /** Decided keys below which nothing is said to be equal. */
  readonly pairsMin: number;
}

export interface RunState {
  /** Share of the keys that was asked for, and that was judged in the end. */
  readonly sampleAsked: number;
  readonly sample: number;
  /** The side that stopped long before the other. */
  readonly stalled?: "left" | "right";
}

export interface Verdict {
  readonly verdict: "equal" | "different" | "not enough";
  /** As diff(1) has it: 0 equal, 1 different, 2 could not tell. */
  readonly exitCode: 0 | 1 | 2;
  readonly reasons: readonly string[];
  /** Of the share of keys that differ, 95 %. */
  readonly bounds?: RateBounds;
}

/** What the counts allow to say. Differences beyond the limit are told first; "equal" needs all that could deny it. */
export function judgeTally(tally: Tally, limits: VerdictLimits, state: RunState): Verdict {
  const bounds = rateBounds(tally.differing, tally.decided);
  const shown = bounds ? { bounds } : {};
  const unparsable = tally.unparsable.left + tally.unparsable.right;
  if (tally.pairs === 0) {
    const lone = tally.only.left + tally.only.right;
    const hint = lone > 0 ? `; ${lone} records have no partner: are both keys written alike?` : "";
    return {
      verdict: "not enough",
      exitCode: 2,
      reasons: [`no key of one side met one of the other${hint}`],
      ...shown,
    };
  }
  const isBeyond = limits.differenceRateMax === 0 ? tally.differing > 0 : bounds!.lower > limits.differenceRateMax;
  const different = [
    ...(isBeyond ? [`${tally.differing} of ${tally.decided} keys differ`] : []),
    ...(unparsable > 0 ? [`${unparsable} records cannot be compared`] : []),
  ];
  if (different.length > 0) return { verdict: "different", exitCode: 1, reasons: different, ...shown };
  const doubts = doubtsOf(tally, limits, state, bounds!);
  if (doubts.length > 0) return { verdict: "not enough", exitCode: 2, reasons: doubts, ...shown };
  const rate = `${tally.differing} of ${tally.decided} keys differ`;
  return { verdict: "equal", exitCode: 0, reasons: [`${rate}: below ${percent(bounds!.upper)} (95 %)`], ...shown };
}

function doubtsOf(tally: Tally, limits: VerdictLimits, state: RunState, { upper }: RateBounds): string[] {
  const doubts: string[] = [];
  if (tally.decided < limits.pairsMin) {
    doubts.push(`${tally.decided} keys were decided, ${limits.pairsMin} are wanted (--pairs-min)`);
  }
  if (limits.differenceRateMax > 0 && upper > limits.differenceRateMax) {
    doubts.push(`the rate may be as high as ${percent(upper)}, above the limit ${percent(limits.differenceRateMax)}`);
  }
  if (state.stalled) {
    const other = state.stalled === "left" ? "right" : "left";
    doubts.push(`the ${state.stalled} side stopped: ${tally.undecided[other]} records of the other are undecided`);
  }
  if (state.sample < state.sampleAsked) {
    doubts.push(
      `memory was full, so that only ${percent(state.sample)} of the keys were judged; raise --memory, or set --sample`,
    );
  }
  return doubts;
}

export function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(3))} %`;
}
