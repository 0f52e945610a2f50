import { manualClock, type ManualClock, seededRandom, uuidv7 } from "@footfall/base";
import { encodeEnvelope, type EventEnvelope, topics } from "@footfall/events";
import { type Lake, openLake } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, Registry, type Service } from "@footfall/runtime";
import { temporaryFolder, waitFor } from "@footfall/testkit";
import { type AggregatorOptions, createAggregator } from "../src/index.ts";

export const startMs = Date.UTC(2026, 10, 23, 9, 0, 0);
const random = seededRandom(42);

/** An event of tenant `demo`; a view of item `i1` by visitor `v1` unless told otherwise. */
export function envelope(fields: Partial<EventEnvelope> & { readonly occurredAtMs: number }): EventEnvelope {
  const { occurredAtMs } = fields;
  return {
    v: 1,
    tenant: "demo",
    eventId: uuidv7(occurredAtMs, random),
    name: "view_item",
    visitorId: "v1",
    sessionId: "s1",
    sentAtMs: occurredAtMs,
    receivedAtMs: occurredAtMs,
    items: [{ item_id: "i1" }],
    ...fields,
  };
}

/** A log and a lake in a folder of their own, on a clock that stands still. */
export interface PipelineFixture {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly clock: ManualClock;
  send(events: readonly (EventEnvelope | string)[]): Promise<void>;
  start(options?: Partial<AggregatorOptions>): Promise<RunningAggregator>;
  eventIds(): Promise<string[]>;
  close(): Promise<void>;
}

export interface RunningAggregator {
  readonly service: Service;
  readonly registry: Registry;
  /** Waits until the aggregator has committed everything that the log holds. */
  caughtUp(): Promise<void>;
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

export async function openPipeline(partitions = 2): Promise<PipelineFixture> {
  const folder = await temporaryFolder();
  const clock = manualClock(startMs);
  const log = await openEmbeddedLog({ folder: `${folder.path}/log`, sessionTimeoutMs: 500 });
  const lake = await openLake({ root: `${folder.path}/tables`, clock: clock.now, threads: 2 });
  await log.createTopic({ name: topics.clicks, partitions });
  await log.createTopic({ name: topics.rejected, partitions: 1 });
  const running: Service[] = [];

  const start = async (options: Partial<AggregatorOptions> = {}): Promise<RunningAggregator> => {
    const registry = new Registry();
    const service = await createAggregator({
      log,
      lake,
      clock: clock.now,
      logger: createLogger({ name: "aggregator", level: process.env["TEST_LOG_LEVEL"] ?? "silent" }),
      registry,
      commitIntervalMs: 5,
      deriveIntervalMs: 0,
      idleTimeoutMs: 60_000,
      outOfOrderMs: 1_000,
      ...options,
    });
    running.push(service);
    const metric = async (name: string, labels: Record<string, string> = {}): Promise<number> => {
      const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
      const found = values.find(({ labels: own }) =>
        Object.entries(labels).every(([key, value]) => own[key] === value),
      );
      return found?.value ?? 0;
    };
    const caughtUp = async (): Promise<void> => {
      await waitFor(
        async () => {
          const ends = (await log.offsets(topics.clicks)).map((range) => range.endOffset);
          const { progress } = await (await lake.existingTable("events")).snapshot();
          return ends.every((end, partition) => (progress.get(`clicks-${partition}`) ?? 0n) >= end);
        },
        { deadlineMs: 20_000, what: "everything in the lake" },
      );
    };
    return { service, registry, caughtUp, metric };
  };

  return {
    log,
    lake,
    clock,
    start,
    async send(events) {
      const records = events.map((event) => ({
        key: typeof event === "string" ? "poison" : event.visitorId,
        value: Buffer.from(typeof event === "string" ? event : encodeEnvelope(event)),
      }));
      await log.append(topics.clicks, records);
    },
    eventIds: async () =>
      (await lake.query<{ event_id: string }>("SELECT event_id FROM events")).map((row) => row.event_id),
    async close() {
      for (const service of running) await service.stop();
      await lake.close();
      await log.close();
      await folder.remove();
    },
  };
}
