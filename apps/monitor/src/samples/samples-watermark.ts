import type { Clock } from "@footfall/base";
import { offsetId } from "@footfall/ingest";
import { type Lake, type LakeTable, type LakeVersion, relationSql } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import { metricsTopic } from "@footfall/metrics";
import { Watermark, type WatermarkOptions } from "@footfall/windows";

export interface SamplesWatermarkOptions extends WatermarkOptions {
  readonly log: Pick<EventLog, "offsets">;
  readonly lake: Lake;
  readonly samples: LakeTable;
  readonly clock: Clock;
}

/** The watermark of what `metric_samples` holds, whoever has written it. */
export class SamplesWatermark {
  readonly #options: SamplesWatermarkOptions;
  readonly #watermark: Watermark;
  /** Whether each partition had records that the table did not hold. */
  readonly #hadWaiting = new Map<number, boolean>();
  #version: LakeVersion | undefined;
  #newestMs = Number.NEGATIVE_INFINITY;

  /** @param version  of `metric_samples`, up to which everything has been seen at `startMs` */
  constructor(options: SamplesWatermarkOptions, version: LakeVersion | undefined, startMs: number) {
    this.#options = options;
    this.#watermark = new Watermark(options, startMs);
    this.#version = version;
    this.#newestMs = startMs;
  }

  /** Time of the newest sample; unlike the watermark it stands still while none come. -Infinity: there was none. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /**
   * Looks at what was committed since, and moves on. Partitions with records that the table does not hold yet hold the
   * watermark back, however long they take.
   * @throws as `EventLog.offsets` and the lake
   */
  async advance(): Promise<number> {
    const { log, samples, clock } = this.#options;
    const ends = await log.offsets(metricsTopic);
    const { progress } = await samples.snapshot();
    const times = await this.#newTimes();
    const nowMs = clock();
    ends.forEach(({ endOffset, startOffset }, partition) => {
      const stored = progress.get(offsetId({ topic: metricsTopic, partition })) ?? startOffset;
      const hasWaiting = endOffset > stored;
      const hadWaiting = this.#hadWaiting.get(partition);
      if (hadWaiting === undefined) this.#watermark.assign(partition, hasWaiting, nowMs);
      this.#hadWaiting.set(partition, hasWaiting);
      const newestMs = times.get(partition) ?? Number.NEGATIVE_INFINITY;
      this.#newestMs = Math.max(this.#newestMs, newestMs);
      // A look that finds nothing is no sign of life.
      const isBusy = hasWaiting || hadWaiting === true || times.has(partition);
      if (isBusy) this.#watermark.observe(partition, newestMs, hasWaiting, nowMs);
    });
    return this.#watermark.advance(nowMs);
  }

  /** Time of the newest sample that was added to each partition since the last look. */
  async #newTimes(): Promise<ReadonlyMap<number, number>> {
    const { lake, samples } = this.#options;
    const { files, version } = await samples.addedSince(this.#version);
    const { schema } = await samples.snapshot(version);
    this.#version = version;
    if (files.length === 0) return new Map();
    const rows = await lake.query<{ readonly partition: number; readonly newest: number }>(`
SELECT log_partition AS partition, max(sampled_at_ms) AS newest
FROM (${relationSql(samples.folder, schema, files)}) GROUP BY ALL`);
    return new Map(rows.map(({ partition, newest }) => [partition, newest]));
  }
}
