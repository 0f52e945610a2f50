import { seededRandom } from "@footfall/base";
import { recommend, type RecommendationRequest, ServedModel, type ServingState } from "@footfall/similarity/serving";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import { naiveRecommend } from "./naive-recommend.ts";
import { syntheticModel } from "./synthetic-model.ts";
import { nowMs, syntheticRequest, syntheticState } from "./visitors.ts";

const floorUs = 300;
const blendFloorUs = 1_000;

interface Setting {
  readonly items: number;
  readonly visitors: number;
  readonly requests: number;
  readonly clicks: number;
}

/**
 * Ranks requests of mixed visitors in this process, one after the other: with lists of neighbours alone, where the
 * reference ranks the same ones by maps; and with sessions of 10 M clicks beside them, as it is served.
 */
export function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const setting: Setting = isSmall
    ? { items: 5_000, visitors: 500, requests: 2_000, clicks: 50_000 }
    : { items: 100_000, visitors: 20_000, requests: 50_000, clicks: 10_000_000 };
  const { items, visitors, requests, clicks } = setting;
  const model = syntheticModel({ items, neighbors: 100, seed: 1 });
  const random = seededRandom(2);
  const state = syntheticState(visitors, items, random);
  const asked = Array.from({ length: requests }, () => syntheticRequest(visitors, items, random));
  const ours = timeRequests(new ServedModel(model), asked, state);
  // The reference is slow: a twentieth of the requests tells its percentiles, and whether both agree.
  const sample = asked.filter((_, at) => at % 20 === 0);
  for (const request of sample.slice(0, 100)) naiveRecommend(model, request, state);
  const served = new ServedModel(model);
  const naive = new Float64Array(sample.length);
  let same = 0;
  sample.forEach((request, at) => {
    const startMs = performance.now();
    const expected = naiveRecommend(model, request, state);
    naive[at] = (performance.now() - startMs) * 1000;
    const got = recommend(served, request, state).items.map((item) => item.itemId);
    if (got.join(" ") === expected.join(" ")) same++;
  });
  naive.sort();
  const p90 = percentile(ours, 0.9);
  const result: BenchResult = {
    name: "rank/request-p90",
    unit: "µs",
    ours: p90,
    reference: percentile(naive, 0.9),
    ratio: p90 / percentile(naive, 0.9),
    floor: `p90 < ${floorUs} µs, same items as the reference`,
    holds: p90 < floorUs && same === sample.length,
    details: {
      items,
      neighbors: model.neighborItems.length,
      visitors,
      requests,
      ...percentiles(ours),
      naiveP50Us: percentile(naive, 0.5),
      naiveP99Us: percentile(naive, 0.99),
      compared: sample.length,
      same,
    },
  };
  const withSessions = syntheticModel({ items, neighbors: 100, seed: 1, clicks, trainedUntilMs: nowMs - 3_600_000 });
  const blend = timeRequests(new ServedModel(withSessions), asked, state);
  const blendP90 = percentile(blend, 0.9);
  const blendResult: BenchResult = {
    name: "rank/session-blend-p90",
    unit: "µs",
    ours: blendP90,
    reference: p90,
    ratio: blendP90 / p90,
    floor: `p90 < ${blendFloorUs} µs`,
    holds: blendP90 < blendFloorUs,
    details: { clicks, sessions: withSessions.sessionIndex!.endTimesMs.length, ...percentiles(blend) },
  };
  return Promise.resolve([result, blendResult]);
}

/** @returns µs, ascending */
function timeRequests(served: ServedModel, asked: readonly RecommendationRequest[], state: ServingState): Float64Array {
  for (const request of asked.slice(0, 2_000)) recommend(served, request, state);
  const tookUs = new Float64Array(asked.length);
  asked.forEach((request, at) => {
    const startMs = performance.now();
    recommend(served, request, state);
    tookUs[at] = (performance.now() - startMs) * 1000;
  });
  return tookUs.sort();
}

function percentiles(sorted: Float64Array): Record<string, number> {
  return { p50Us: percentile(sorted, 0.5), p90Us: percentile(sorted, 0.9), p99Us: percentile(sorted, 0.99) };
}

function percentile(sorted: Float64Array, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return Math.round(value * 10) / 10;
}

await runAsCommand(import.meta.url, run);
