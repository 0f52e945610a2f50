import type { Clock, Random } from "@footfall/base";
import type { ClickEvent } from "@footfall/events";
import {
  arrangeShelves,
  createShoppers,
  type Crowd,
  type ShelfAnswer,
  type Shelves,
  type Shopper,
  simulateHistory,
  startCrowd,
} from "@footfall/standalone";
import { catalogue } from "@footfall/storefront";
import { createCollectorClient, type SendBatch } from "../collector-client.ts";

/** The demo shop's simulated visitors: the same people in the seeded history and in the live crowd. */
export interface ShopVisitors {
  readonly shelves: Shelves;
  readonly shoppers: readonly Shopper[];
}

const shoppersInTown = 400;

export function createShopVisitors(random: Random): ShopVisitors {
  const shelves = arrangeShelves(catalogue);
  return { shelves, shoppers: createShoppers(shoppersInTown, shelves, random) };
}

export interface PastOptions {
  readonly visitors: ShopVisitors;
  readonly random: Random;
  readonly visits: number;
  readonly days: number;
  /** The last visits begin before it. */
  readonly endMs: number;
}

export function pastEvents({ visitors, random, visits, days, endMs }: PastOptions): readonly ClickEvent[] {
  const startMs = endMs - days * 86_400_000;
  return simulateHistory({ ...visitors, random, visits, startMs, endMs });
}

export function* batchesOf<T>(values: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size);
}

export interface LiveOptions {
  readonly url: string;
  /** Where events go, if not there. */
  readonly collectorUrl?: string;
  readonly visitors: ShopVisitors;
  readonly size: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (error: unknown) => void;
}

/** A live demo is watched for minutes, not hours: shoppers think three times as fast as people. */
const thinkScale = 0.3;
const pauseMaxMs = 6_000;

export function startLiveShoppers({ url, collectorUrl = url, visitors, size, ...options }: LiveOptions): Crowd {
  const { clock, random, onError } = options;
  const send: SendBatch = createCollectorClient({ url: collectorUrl, key: "demo", clock, random, attemptsMax: 3 });
  return startCrowd({
    ...visitors,
    size,
    thinkScale,
    pauseMaxMs,
    clock,
    random,
    onError,
    async send(event) {
      await send([event]);
    },
    recommend: (visitorId, itemId) => askForShelf(url, { visitorId, itemId, placement: "product-similar", limit: "6" }),
  });
}

interface RecommendationAnswer {
  readonly requestId: string;
  readonly modelVersion: string | null;
  readonly items: readonly { readonly itemId: string; readonly score: number; readonly source: string }[];
}

/** @throws Error when the answer is not 200 */
export async function askForRecommendations(
  url: string,
  parameters: Readonly<Record<string, string>>,
): Promise<RecommendationAnswer> {
  const response = await fetch(
    `${url}/recommendations?${new URLSearchParams({ key: "demo", ...parameters }).toString()}`,
  );
  if (response.status !== 200)
    throw new Error(`/recommendations answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as RecommendationAnswer;
}

async function askForShelf(url: string, parameters: Readonly<Record<string, string>>): Promise<ShelfAnswer> {
  const { requestId, items } = await askForRecommendations(url, parameters);
  return { requestId, itemIds: items.map((item) => item.itemId) };
}
