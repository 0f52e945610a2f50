import { seededRandom } from "@footfall/base";
import { recommend, serveModel } from "@footfall/similarity/serving";
import type { BenchOptions, BenchResult } from "../bench-result.ts";
import { runAsCommand } from "../run-as-command.ts";
import { naiveRecommend } from "./naive-recommend.ts";
import { syntheticModel } from "./synthetic-model.ts";
import { syntheticRequest, syntheticState } from "./visitors.ts";

const floorUs = 300;

/** Ranks requests of mixed visitors in this process, one after the other; the reference ranks the same ones by maps. */
export function run({ isSmall }: BenchOptions): Promise<BenchResult[]> {
  const items = isSmall ? 5_000 : 100_000;
  const visitors = isSmall ? 500 : 20_000;
  const requests = isSmall ? 2_000 : 50_000;
  const model = syntheticModel({ items, neighbors: 100, seed: 1 });
  const random = seededRandom(2);
  const state = syntheticState(visitors, items, random);
  const asked = Array.from({ length: requests }, () => syntheticRequest(visitors, items, random));
  const served = serveModel(model);
  for (const request of asked.slice(0, 2_000)) recommend(served, request, state);

  const ours = new Float64Array(requests);
  asked.forEach((request, at) => {
    const startMs = performance.now();
    recommend(served, request, state);
    ours[at] = (performance.now() - startMs) * 1000;
  });
  // The reference is slow: a twentieth of the requests tells its percentiles, and whether both agree.
  const sample = asked.filter((_, at) => at % 20 === 0);
  for (const request of sample.slice(0, 100)) naiveRecommend(model, request, state);
  const naive = new Float64Array(sample.length);
  let same = 0;
  sample.forEach((request, at) => {
    const startMs = performance.now();
    const expected = naiveRecommend(model, request, state);
    naive[at] = (performance.now() - startMs) * 1000;
    const got = recommend(served, request, state).items.map((item) => item.itemId);
    if (got.join(" ") === expected.join(" ")) same++;
  });
  ours.sort();
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
      p50Us: percentile(ours, 0.5),
      p90Us: p90,
      p99Us: percentile(ours, 0.99),
      naiveP50Us: percentile(naive, 0.5),
      naiveP99Us: percentile(naive, 0.99),
      compared: sample.length,
      same,
    },
  };
  return Promise.resolve([result]);
}

function percentile(sorted: Float64Array, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return Math.round(value * 10) / 10;
}

await runAsCommand(import.meta.url, run);
