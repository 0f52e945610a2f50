import type { Side } from "../fields/field-tree.ts";
import {
  compareAnswers,
  overlapDepths,
  type OverlapDepth,
  type ShadowAnswer,
  type ShadowOutcome,
} from "./compare-answers.ts";
import { type MeanBounds, MeanTally } from "./mean-tally.ts";

export interface ShadowSideCounts {
  readonly answered: number;
  readonly empty: number;
  readonly refused: number;
  readonly failed: number;
  /** Requests by why they were refused or failed. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of answers and refusals, ms; absent without one. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
}

export interface ShadowCounts {
  readonly requests: number;
  /** Both answered with items. */
  readonly compared: number;
  readonly identical: number;
  readonly bothEmpty: number;
  readonly bothRefused: number;
  readonly bothFailed: number;
  /** One answered where the other failed, refused or was empty, or both refused for different reasons. */
  readonly onesided: number;
  readonly overlap: Readonly<Partial<Record<OverlapDepth, MeanBounds>>>;
  readonly rbo?: MeanBounds;
  /** Over the requests whose answers share at least two items. */
  readonly tau?: MeanBounds;
  readonly left: ShadowSideCounts;
  readonly right: ShadowSideCounts;
}

/** Reasons that are told apart; those beyond share one entry, `other`. */
const reasonsMax = 50;

/** Counts what two recommenders did with the same requests. */
export class ShadowTally {
  #requests = 0;
  readonly #outcomes = new Map<ShadowOutcome["kind"], number>();
  #identical = 0;
  readonly #overlap = new Map(overlapDepths.map((k) => [k, new MeanTally()]));
  readonly #rbo = new MeanTally();
  readonly #tau = new MeanTally();
  readonly #sides = { left: new SideTally(), right: new SideTally() } as const;

  add(left: ShadowAnswer, right: ShadowAnswer): ShadowOutcome {
    const outcome = compareAnswers(left, right);
    this.#requests += 1;
    this.#outcomes.set(outcome.kind, (this.#outcomes.get(outcome.kind) ?? 0) + 1);
    this.#sides.left.add(left);
    this.#sides.right.add(right);
    if (outcome.kind !== "compared") return outcome;
    const { isIdentical, overlap, rbo, tau } = outcome.ranking;
    if (isIdentical) this.#identical += 1;
    for (const [k, mean] of this.#overlap) mean.add(overlap[k]);
    this.#rbo.add(rbo);
    if (tau !== undefined) this.#tau.add(tau);
    return outcome;
  }

  /** How many requests in a row a side has failed, up to the last one. */
  failuresInARow(side: Side): number {
    return this.#sides[side].failuresInARow;
  }

  counts(): ShadowCounts {
    const of = (...kinds: ShadowOutcome["kind"][]) =>
      kinds.reduce((sum, kind) => sum + (this.#outcomes.get(kind) ?? 0), 0);
    const overlap = [...this.#overlap].flatMap(([k, mean]) => {
      const bounds = mean.bounds(0, 1);
      return bounds ? [[k, bounds] as const] : [];
    });
    const rbo = this.#rbo.bounds(0, 1);
    const tau = this.#tau.bounds(-1, 1);
    return {
      requests: this.#requests,
      compared: of("compared"),
      identical: this.#identical,
      bothEmpty: of("both empty"),
      bothRefused: of("both refused"),
      bothFailed: of("both failed"),
      onesided: of("left alone", "right alone", "refused differently"),
      overlap: Object.fromEntries(overlap),
      ...(rbo && { rbo }),
      ...(tau && { tau }),
      left: this.#sides.left.counts(),
      right: this.#sides.right.counts(),
    };
  }
}

class SideTally {
  failuresInARow = 0;
  readonly #kinds = { answered: 0, refused: 0, failed: 0 };
  #empty = 0;
  readonly #reasons = new Map<string, number>();
  readonly #latenciesMs: number[] = [];

  add(answer: ShadowAnswer): void {
    this.#kinds[answer.kind] += 1;
    this.failuresInARow = answer.kind === "failed" ? this.failuresInARow + 1 : 0;
    if (answer.kind !== "failed") this.#latenciesMs.push(answer.latencyMs);
    if (answer.kind === "answered") {
      if (answer.items.length === 0) this.#empty += 1;
      return;
    }
    const isRoom = this.#reasons.size < reasonsMax || this.#reasons.has(answer.reason);
    const reason = isRoom ? answer.reason : "other";
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  counts(): ShadowSideCounts {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b);
    const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
    return {
      ...this.#kinds,
      empty: this.#empty,
      reasons: Object.fromEntries(this.#reasons),
      ...(sorted.length > 0 && { latencyMs: { p50: rank(0.5), p99: rank(0.99) } }),
    };
  }
}
