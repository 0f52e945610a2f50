import type { Clock } from "@footfall/base";
import { PartitionProgress, type PartitionState, type Persist } from "@footfall/ingest";
import type { EventLog, LogBatch, PartitionOffset, TopicPartition } from "@footfall/log";
import { readMetricScrape } from "@footfall/metrics";
import type { RemoteWriteMetrics } from "./remote-write-metrics.ts";
import type { RemoteWriteProgress } from "./remote-write-progress.ts";
import { remoteSamples } from "./remote-sample.ts";
import { type RequestBounds, planPieces, type SampleGroup, type WritePiece } from "./write-piece.ts";

export interface RemoteWriteSinkOptions {
  readonly log: Pick<EventLog, "offsets" | "read">;
  readonly clock: Clock;
  readonly persist: Persist;
  readonly progress: RemoteWriteProgress;
  readonly bounds: RequestBounds;
  readonly ownTenant: string;
  readonly metrics: RemoteWriteMetrics;
  /**
   * Sends pieces in order, and takes each off the front when the receiver has said its last word on it.
   * @throws AppError, retriable, where it has not: the pieces left are to be sent again
   */
  readonly send: (pieces: WritePiece[]) => Promise<void>;
  /** Tells the oldest time that waits to be taken; undefined: none does. */
  readonly onWaiting: (oldestMs: number | undefined) => void;
}

/** Samples that bring a commit forward. A kill sends no more than these, and what one batch holds, again. */
const samplesMax = 20_000;
/**
 * How far ahead of the clock a sample may be. Prometheus refuses whatever is more than an hour older than the newest
 * sample: one from next year would be the last that it takes.
 */
const aheadMaxMs = 600_000;

/** Opens the state of the partitions from the file of progress. */
export async function openRemoteWriteSink(
  options: RemoteWriteSinkOptions,
  held: readonly TopicPartition[],
): Promise<PartitionState> {
  const starts = await options.progress.starts(options.log, held);
  options.onWaiting(undefined);
  return new RemoteWriteSink(options, new PartitionProgress(starts), held);
}

/** Brings topic `metrics` to a receiver; the offsets are stored when it has what lies before them. */
class RemoteWriteSink implements PartitionState {
  readonly #options: RemoteWriteSinkOptions;
  readonly #progress: PartitionProgress;
  readonly #held: readonly TopicPartition[];
  #groups: SampleGroup[] = [];
  /** Times of each series among the groups. */
  #times = new Map<string, Set<number>>();
  #sampleCount = 0;

  constructor(options: RemoteWriteSinkOptions, progress: PartitionProgress, held: readonly TopicPartition[]) {
    this.#options = options;
    this.#progress = progress;
    this.#held = held;
  }

  get starts(): readonly PartitionOffset[] {
    return this.#progress.starts;
  }

  get isFull(): boolean {
    return this.#sampleCount >= samplesMax;
  }

  take(batch: LogBatch): void {
    this.#progress.advance(batch);
    for (const { value } of batch.records) {
      const read = value === null ? undefined : readMetricScrape(value.toString("utf8"));
      // What is no scrape is a dead letter of `metric_samples`; it need not be one twice.
      if (read?.ok) this.#add(read.scrape);
    }
    this.#tellWaiting();
  }

  async commit(): Promise<void> {
    const { persist, progress, bounds, send } = this.#options;
    const change = this.#progress.change();
    if (change.size === 0) return;
    const pieces = planPieces(this.#groups, bounds);
    await persist("remote write", () => send(pieces));
    await persist("progress of remote write", () => progress.store(change, this.#progress.expected(), this.#held));
    this.#groups = [];
    this.#times = new Map();
    this.#sampleCount = 0;
    this.#tellWaiting();
    await this.#progress.stored(change);
  }

  verify(): Promise<void> {
    return this.#progress.verify(this.#options.log);
  }

  #add(scrape: Parameters<typeof remoteSamples>[0]): void {
    const { clock, metrics, ownTenant } = this.#options;
    const { samples, invalid } = remoteSamples(scrape, ownTenant);
    metrics.counted("invalid", invalid);
    if (scrape.sampledAtMs > clock() + aheadMaxMs) {
      metrics.counted("ahead", samples.length);
      return;
    }
    const fresh = samples.filter(({ series, timeMs }) => {
      const times = this.#times.get(series.id);
      if (times === undefined) this.#times.set(series.id, new Set([timeMs]));
      return times === undefined || (!times.has(timeMs) && times.add(timeMs));
    });
    metrics.counted("repeat", samples.length - fresh.length);
    if (fresh.length > 0) this.#groups.push({ timeMs: scrape.sampledAtMs, samples: fresh });
    this.#sampleCount += fresh.length;
  }

  #tellWaiting(): void {
    const times = this.#groups.map(({ timeMs }) => timeMs);
    this.#options.onWaiting(times.length === 0 ? undefined : times.reduce((least, time) => Math.min(least, time)));
  }
}
