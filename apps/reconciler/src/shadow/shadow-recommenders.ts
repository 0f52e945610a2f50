import { setTimeout as delay } from "node:timers/promises";
import { type Clock, type Random, shuffled } from "@footfall/base";
import {
  judgeShadow,
  type Mismatch,
  type ShadowCounts,
  type ShadowLimits,
  ShadowTally,
  type Side,
  type Verdict,
} from "@footfall/comparison";
import type { MismatchTopic, RunFigures } from "../mismatch-topic.ts";
import { type AskedAnswer, askRecommender } from "./ask-recommender.ts";
import { shadowMismatch } from "./shadow-mismatch.ts";
import type { ShadowRequest } from "./shadow-request.ts";

export interface ShadowOptions {
  readonly urls: { readonly left: string; readonly right: string };
  readonly requests: readonly ShadowRequest[];
  readonly limits: ShadowLimits;
  /** Asks the left side twice, to tell what it differs from itself. */
  readonly isNoiseMeasured: boolean;
  /** Requests a second of each side, at most. */
  readonly ratePerSecond: number;
  /** Requests under way at a time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly mismatches?: MismatchTopic;
  /** Mismatches that are shown, the first found. */
  readonly examplesMax: number;
}

export interface ShadowReport extends Verdict {
  readonly counts: ShadowCounts;
  readonly noise?: ShadowCounts;
  /** Versions that answered, in the order in which they were first seen. */
  readonly models: { readonly left: readonly string[]; readonly right: readonly string[] };
  readonly stopped?: Side;
  readonly examples: readonly Mismatch[];
}

/** A side that failed so many requests in a row is gone: asking on would only count its absence. */
const failuresInARowMax = 20;
const modelsMax = 20;

/**
 * Sends the same requests to two recommenders, each pair in random order and one after the other, so that neither
 * always has the warmer machine, and judges their answers.
 * @throws AppError  what the topic of mismatches throws
 */
export async function shadowRecommenders(options: ShadowOptions): Promise<ShadowReport> {
  const { requests, isNoiseMeasured, concurrency, ratePerSecond, mismatches, limits } = options;
  const tally = new ShadowTally();
  const noise = isNoiseMeasured ? new ShadowTally() : undefined;
  const models = { left: new Set<string>(), right: new Set<string>() };
  const examples: Mismatch[] = [];
  let stopped: Side | undefined;
  let next = 0;
  const startMs = performance.now();
  const worker = async (): Promise<void> => {
    while (next < requests.length && stopped === undefined) {
      const at = next++;
      const waitMs = startMs + (at * 1_000) / ratePerSecond - performance.now();
      if (waitMs > 1) await delay(waitMs);
      const request = requests[at]!;
      const { left, right, again } = await askSides(options, request);
      for (const [side, { modelVersion }] of [
        ["left", left],
        ["right", right],
      ] as const) {
        if (modelVersion !== undefined && models[side].size < modelsMax) models[side].add(modelVersion);
      }
      const outcome = tally.add(left.answer, right.answer);
      if (again) noise?.add(left.answer, again.answer);
      const mismatch = shadowMismatch(outcome, { request, left, right, urls: options.urls });
      if (mismatch) {
        mismatches?.add(mismatch);
        if (examples.length < options.examplesMax) examples.push(mismatch);
        await mismatches?.flush();
      }
      stopped ??= (["left", "right"] as const).find((side) => tally.failuresInARow(side) >= failuresInARowMax);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, requests.length) }, worker));
  const counts = tally.counts();
  const noiseCounts = noise?.counts();
  const state = { ...(stopped && { stopped }), ...(noiseCounts && { noise: noiseCounts }) };
  const verdict = judgeShadow(counts, limits, state);
  await mismatches?.end(verdict, figuresOf(counts));
  return {
    ...verdict,
    counts,
    models: { left: [...models.left], right: [...models.right] },
    ...state,
    examples,
  };
}

function figuresOf({ requests, compared, identical, onesided, overlap, rbo, left, right }: ShadowCounts): RunFigures {
  return {
    requests,
    compared,
    identical,
    "one side alone": onesided,
    ...(overlap[10] && { "overlap@10": overlap[10].mean }),
    ...(rbo && { "rank-biased overlap": rbo.mean }),
    ...(left.latencyMs && { "left p99, ms": left.latencyMs.p99 }),
    ...(right.latencyMs && { "right p99, ms": right.latencyMs.p99 }),
  };
}

interface AskedSides {
  readonly left: AskedAnswer;
  readonly right: AskedAnswer;
  /** The left side's second answer. */
  readonly again?: AskedAnswer;
}

async function askSides(
  { urls, isNoiseMeasured, timeoutMs, clock, random }: ShadowOptions,
  request: ShadowRequest,
): Promise<AskedSides> {
  const asked: { left?: AskedAnswer; right?: AskedAnswer; again?: AskedAnswer } = {};
  const roles = isNoiseMeasured ? (["left", "right", "again"] as const) : (["left", "right"] as const);
  for (const role of shuffled(roles, random)) {
    const side = role === "right" ? "right" : "left";
    asked[role] = await askRecommender({ url: urls[side], side, request, timeoutMs, clock });
  }
  return asked as AskedSides;
}
