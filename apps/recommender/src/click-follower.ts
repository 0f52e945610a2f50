import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { AppError, type Clock, errorCodeOf, type TenantId } from "@footfall/base";
import { type EventEnvelope, topics } from "@footfall/events";
import type { EventLog, LogBatch, Subscription } from "@footfall/log";
import type { HealthProblem, Logger } from "@footfall/runtime";
import { interactionWeights } from "@footfall/similarity";
import type { RecommenderMetrics } from "./recommender-metrics.ts";
import type { TenantStates } from "./tenant-state.ts";

export interface ClickFollowerOptions {
  readonly log: EventLog;
  readonly states: TenantStates;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RecommenderMetrics;
  readonly countError: (error: unknown) => void;
  /** How far back the log is read at the start. */
  readonly historySpanMs: number;
}

/** Records dealt with before requests get their turn; about a millisecond. */
const batchRecordsMax = 256;
const retryPauseMs = 500;

/**
 * Follows topic `clicks` on all partitions and keeps visitors and trends up to date. Holds no place in the log of its
 * own: after a restart it reads the last hours again. When the log fails it goes on from where it was.
 */
export class ClickFollower {
  private readonly options: ClickFollowerOptions;
  private readonly stopping = new AbortController();
  private readonly nextOffsets = new Map<number, bigint>();
  /** End of each partition when following began; reached once, the answers know what the log knew. */
  private readonly targets = new Map<number, bigint>();
  private running: Promise<void> = Promise.resolve();
  private subscription: Subscription | undefined;
  private failure: unknown;
  private hasStarted = false;

  constructor(options: ClickFollowerOptions) {
    this.options = options;
  }

  start(): void {
    this.running = this.run();
  }

  health(): readonly HealthProblem[] {
    if (this.failure !== undefined) {
      const reason = this.failure instanceof Error ? this.failure.message : String(this.failure);
      const code = errorCodeOf(this.failure);
      return [
        { code, message: `Following the clicks failed and is tried again; answers miss the last clicks: ${reason}` },
      ];
    }
    if (this.hasStarted && this.targets.size === 0) return [];
    const left = this.recordsLeft();
    return [{ code: "LOG_CATCHING_UP", message: `Reading the last clicks from the log, ${left} records left; wait.` }];
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.subscription?.stop();
    await this.running;
  }

  private recordsLeft(): bigint {
    let left = 0n;
    for (const [partition, target] of this.targets) left += target - (this.nextOffsets.get(partition) ?? 0n);
    return left;
  }

  private async run(): Promise<void> {
    const { logger, countError } = this.options;
    while (!this.stopping.signal.aborted) {
      try {
        await this.follow();
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (this.failure === undefined) logger.warn({ error }, "following the clicks failed; trying again");
        this.failure = error;
        countError(error);
        await pause(retryPauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private async follow(): Promise<void> {
    const { log, clock, historySpanMs } = this.options;
    if (!this.hasStarted) {
      const starts = await log.offsetsAt(topics.clicks, clock() - historySpanMs);
      const ends = await log.offsets(topics.clicks);
      starts.forEach((start, partition) => {
        this.nextOffsets.set(partition, start);
        const end = ends[partition]?.endOffset ?? 0n;
        if (end > start) this.targets.set(partition, end);
      });
      this.hasStarted = true;
    }
    this.subscription = await log.subscribe({
      topic: topics.clicks,
      from: "earliest",
      batchRecordsMax,
      startOffsets: () => Promise.resolve(this.nextOffsets),
      onBatch: (batch) => this.observeBatch(batch),
    });
    this.failure = undefined;
    if (this.stopping.signal.aborted) await this.subscription.stop();
    await this.subscription.done;
    if (!this.stopping.signal.aborted) throw new AppError("LOG_CLOSED", "The log ended the subscription.");
  }

  private async observeBatch(batch: LogBatch): Promise<void> {
    const nowMs = this.options.clock();
    for (const record of batch.records) this.observeRecord(record.value, nowMs);
    const next = batch.records.at(-1)!.offset + 1n;
    this.nextOffsets.set(batch.partition, next);
    const target = this.targets.get(batch.partition);
    if (target !== undefined && next >= target) this.targets.delete(batch.partition);
    this.options.metrics.setLag(batch.partition, Number(batch.endOffset - next));
    await nextTurn();
  }

  private observeRecord(value: Buffer, nowMs: number): void {
    const event = readEnvelope(value);
    if (!event) {
      this.options.metrics.countUnreadableRecord();
      return;
    }
    const weight = interactionWeights[event.name];
    const state = this.options.states.get(event.tenant as TenantId);
    if (weight === undefined || !state || !event.items) return;
    const { visitorId, occurredAtMs: atMs } = event;
    const isPurchase = event.name === "purchase";
    for (const { item_id: itemId } of event.items) {
      state.history.observe({ visitorId, itemId, weight, isPurchase, atMs });
      state.trending.observe(itemId, weight, atMs, nowMs);
    }
  }
}

/** The collector writes only valid envelopes; whatever else is in the topic is skipped and counted, never a stop. */
function readEnvelope(value: Buffer): EventEnvelope | undefined {
  try {
    const event = JSON.parse(value.toString("utf8")) as Partial<EventEnvelope> | null;
    const isReadable =
      typeof event?.name === "string" &&
      typeof event.visitorId === "string" &&
      typeof event.occurredAtMs === "number" &&
      (event.items === undefined ||
        (Array.isArray(event.items) && event.items.every((item) => typeof item?.item_id === "string")));
    return isReadable ? (event as EventEnvelope) : undefined;
  } catch {
    return undefined;
  }
}
