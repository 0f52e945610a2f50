import { join } from "node:path";
import { type ManualClock, manualClock, seededRandom, type TenantId } from "@footfall/base";
import { type EventEnvelope, topics } from "@footfall/events";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import {
  createLogger,
  Registry,
  type RunningServer,
  type Service,
  startServer,
  type WriteKeys,
} from "@footfall/runtime";
import { type ModelStore, openModelStore, sha256Hex } from "@footfall/models";
import { defaultSimilarityParameters, encodeModel } from "@footfall/similarity";
import type { RecommendationResponse } from "@footfall/similarity/serving";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { createRecommender, type RecommenderOptions } from "../src/index.ts";

export const nowMs = Date.UTC(2026, 10, 23, 12);
export const keys: WriteKeys = new Map(
  [
    { key: "page", tenant: "demo" as TenantId, origins: ["https://shop.example"], isHistoric: false },
    { key: "open", tenant: "other" as TenantId, origins: ["*"], isHistoric: false },
  ].map((key) => [key.key, key]),
);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: RecommendationResponse & { code?: string; field?: string; detail?: string };
}

export interface Click {
  readonly visitorId: string;
  readonly itemIds: readonly string[];
  readonly name?: string;
  readonly tenant?: string;
  readonly occurredAtMs?: number;
  readonly isBot?: true;
  readonly userId?: string;
}

export interface RunningRecommender {
  readonly server: RunningServer;
  readonly service: Service;
  readonly log: EventLog;
  readonly clock: ManualClock;
  readonly registry: Registry;
  readonly storageDir: string;
  store(tenant?: string): ModelStore;
  /** Publishes a model in which each item's only neighbour is the next one. @returns its version */
  publish(itemIds: readonly string[], tenant?: string): Promise<string>;
  append(...clicks: Click[]): Promise<void>;
  /** With the shop's key where a visitor is named, unless headers are given. */
  ask(query: string, init?: RequestInit): Promise<Answer>;
  metric(line: RegExp): Promise<string | undefined>;
  /** Ends the recommender and starts another on the same folders. */
  restart(): Promise<RunningRecommender>;
  close(): Promise<void>;
}

export async function startRecommender(options: Partial<RecommenderOptions> = {}): Promise<RunningRecommender> {
  const folder = await temporaryFolder();
  const clock = manualClock(nowMs);
  const log = await openEmbeddedLog({ folder: join(folder.path, "log"), clock: clock.now });
  await log.createTopic({ name: topics.clicks, partitions: 2 });
  const removeAll = async (): Promise<void> => {
    await log.close();
    await folder.remove();
  };
  return startOn({ storageDir: folder.path, log, clock, removeAll }, options);
}

interface Footing {
  readonly storageDir: string;
  readonly log: EventLog;
  readonly clock: ManualClock;
  readonly removeAll: () => Promise<void>;
}

async function startOn(footing: Footing, options: Partial<RecommenderOptions>): Promise<RunningRecommender> {
  const { storageDir, log, clock } = footing;
  const registry = new Registry();
  const logger = createLogger({ name: "test", level: "silent" });
  const service = await createRecommender({
    log,
    modelsFolder: join(storageDir, "models"),
    keys,
    defaultTenant: "demo" as TenantId,
    clock: clock.now,
    random: seededRandom(1),
    logger,
    registry,
    ...options,
  });
  const server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
  const store = (tenant = "demo"): ModelStore => openModelStore(join(storageDir, "models"), tenant);
  return {
    server,
    service,
    log,
    clock,
    registry,
    storageDir,
    store,
    publish: (itemIds, tenant) => publishChain(store(tenant), itemIds, tenant ?? "demo"),
    append: (...clicks) => appendClicks(log, clicks),
    ask: (query, init) => ask(server.url, query, init),
    metric: async (line) => (await registry.metrics()).split("\n").find((text) => line.test(text)),
    restart: async () => {
      await server.close();
      return startOn(footing, options);
    },
    close: async () => {
      await server.close();
      await footing.removeAll();
    },
  };
}

async function ask(url: string, query: string, init?: RequestInit): Promise<Answer> {
  const needsKey = /visitorId=./.test(query) && !query.includes("key=") && init?.headers === undefined;
  const response = await fetch(`${url}/recommendations${query}${needsKey ? "&key=page" : ""}`, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (isJson ? JSON.parse(text) : {}) as Answer["body"],
  };
}

async function publishChain(store: ModelStore, itemIds: readonly string[], tenant: string): Promise<string> {
  const count = itemIds.length;
  const encoded = encodeModel(
    {
      itemIds,
      neighborOffsets: Int32Array.from({ length: count + 1 }, (_, item) => item),
      neighborItems: Int32Array.from({ length: count }, (_, item) => (item + 1) % count),
      neighborScores: new Float32Array(count).fill(0.5),
      neighborSupport: new Int32Array(count).fill(3),
      itemSupport: new Int32Array(count).fill(9),
      popularItems: Int32Array.from({ length: count }, (_, item) => item),
      popularScores: Float32Array.from({ length: count }, (_, item) => count - item),
    },
    {
      tenant,
      lakeVersion: 1,
      parameters: defaultSimilarityParameters,
      parent: null,
      trainedUntilMs: nowMs - 60_000,
      sessions: 100,
      interactions: 1,
    },
    sha256Hex,
  );
  await store.publishModel(encoded, nowMs);
  return encoded.manifest.modelVersion;
}

let eventCount = 0;

async function appendClicks(log: EventLog, clicks: readonly Click[]): Promise<void> {
  const records = clicks.map(
    ({ visitorId, itemIds, name = "view_item", tenant = "demo", occurredAtMs = nowMs, isBot, userId }) => {
      const envelope = {
        v: 1,
        eventId: `018f0000-0000-7000-8000-${String(eventCount++).padStart(12, "0")}`,
        name,
        tenant,
        visitorId,
        sessionId: "s",
        occurredAtMs,
        sentAtMs: nowMs,
        receivedAtMs: nowMs,
        items: itemIds.map((itemId) => ({ item_id: itemId })),
        isBot,
        userId,
      } as EventEnvelope;
      return { key: visitorId, value: Buffer.from(JSON.stringify(envelope)) };
    },
  );
  await log.append(topics.clicks, records);
}

/** `b:session c:trending …` */
export function shortly(answer: Answer): string {
  return answer.body.items.map((item) => `${item.itemId}:${item.source}`).join(" ");
}

/** Waits until the answer to a query is this one. */
export async function expectSoon(running: RunningRecommender, query: string, expected: string): Promise<void> {
  let last = "";
  await waitFor(async () => (last = shortly(await running.ask(query))) === expected).catch((error: Error) => {
    throw new Error(`${query} answered "${last}", not "${expected}"`, { cause: error });
  });
}
