import { type Clock, errorCodeOf } from "@footfall/base";
import { type EventEnvelope, topics } from "@footfall/events";
import {
  isFaultOfRows,
  PartitionProgress,
  type PartitionState,
  partitionStarts,
  type Persist,
  stagedLinesIn,
  writeWithoutBadRows,
} from "@footfall/ingest";
import { type DataFile, type LakeSnapshot, withStagedText } from "@footfall/lake";
import type { EventLog, LogBatch, PartitionOffset, TopicPartition } from "@footfall/log";
import { Watermark } from "@footfall/windows";
import type { AggregationLake } from "../aggregation-lake.ts";
import type { AggregatorMetrics } from "../aggregator-metrics.ts";
import { catchUp } from "../derive/catch-up.ts";
import { storedProgress } from "../derive/derived-progress.ts";
import { Derivation } from "../derive/derivation.ts";
import { EventIntake } from "./event-intake.ts";
import { eventRowsSql } from "./events-sql.ts";
import type { DedupIndex } from "./dedup-index.ts";
import { countOfId } from "../ledger/repeat-counts.ts";
import { restoreDedupIndex, type WindowBounds } from "../derive/restore.ts";

/**
 * Counts imports in the progress of `events`: who adds events besides the log moves it, and so fences the aggregator.
 */
export const importsId = "imports";

export interface AggregationOptions {
  readonly log: EventLog;
  readonly tables: AggregationLake;
  readonly clock: Clock;
  readonly metrics: AggregatorMetrics;
  readonly outOfOrderMs: number;
  readonly idleTimeoutMs: number;
  /** Shortest time between two commits of sessions and of what late events touch. */
  readonly deriveIntervalMs: number;
  readonly dedupIndexMax: number;
  /** Events that bring a commit forward. */
  readonly commitEventsMax: number;
  /** With more records waiting than this, windows are made by SQL until a quarter of it is left. */
  readonly backlogRecordsMin: number;
  readonly bounds: WindowBounds;
  readonly persist: Persist;
}

/** Bytes of staged events that bring a commit forward, whatever their number. */
const commitBytesMax = 64 * 1024 * 1024;
/** In a backlog so many times `backlogRecordsMin` events are committed before their windows are made. */
const backlogPartsPerDerivation = 5;

/**
 * Who alone holds all partitions makes windows in memory. Of several aggregators each commits the events of its
 * partitions, and the one with the first partition makes the windows of all of them, by SQL from what is committed.
 */
type DerivationShare = "in memory" | "from events" | "none";

function derivationShare(partitions: readonly number[], all: number): DerivationShare {
  if (partitions.length === all) return "in memory";
  return partitions.includes(0) ? "from events" : "none";
}

interface AggregationState {
  readonly share: DerivationShare;
  readonly known: DedupIndex;
  readonly watermark: Watermark;
  readonly progress: PartitionProgress;
  /** Numbers of `events` besides the offsets that this writer goes on from. */
  readonly counts: Map<string, bigint | undefined>;
}

/**
 * Everything held in memory for a set of partitions, all of it made from the lake: `events` is the one truth. It lives
 * from one assignment of partitions to the next, or until another writer is found to have taken over.
 */
export class Aggregation implements PartitionState {
  readonly #options: AggregationOptions;
  readonly #state: AggregationState;
  readonly #intake: EventIntake;
  /** Records that wait in the log, by partition. */
  readonly #lags = new Map<number, number>();
  /** Undefined in a backlog: then windows are not kept in memory but made by SQL, many events at a time. */
  #derivation: Derivation | undefined;
  #eventsNotDerived = 0;
  #derivedAtMs: number;
  #late = 0;
  readonly #observe = (event: EventEnvelope): void => {
    if (this.#derivation?.observe(event)) this.#late += 1;
  };

  private constructor(options: AggregationOptions, state: AggregationState) {
    this.#options = options;
    this.#state = state;
    this.#derivedAtMs = options.clock();
    this.#intake = new EventIntake({
      known: state.known,
      clock: options.clock,
      observer: () => this.#derivation && this.#observe,
    });
  }

  /** Reads the state of the partitions from the lake. */
  static async open(options: AggregationOptions, held: readonly TopicPartition[]): Promise<Aggregation> {
    const { tables, clock, log } = options;
    const snapshot = await tables.events.snapshot();
    const known = await restoreDedupIndex(tables, snapshot, options.dedupIndexMax);
    const { watermarkMs } = storedProgress(await tables.sessions.snapshot());
    const watermark = new Watermark(options, watermarkMs);
    const starts = await partitionStarts(log, held, snapshot.progress);
    const partitions = held.map(({ partition }) => partition);
    const counts = new Map([[importsId, snapshot.progress.get(importsId)]]);
    for (const [id, count] of snapshot.progress) {
      const counted = countOfId(id);
      if (counted !== undefined && partitions.includes(counted.partition)) counts.set(id, count);
    }
    for (const { partition, lag } of starts) watermark.assign(partition, lag > 0, clock());
    const share = derivationShare(partitions, (await log.offsets(topics.clicks)).length);
    const progress = new PartitionProgress(starts);
    const aggregation = new Aggregation(options, { share, known, watermark, progress, counts });
    for (const { partition, lag } of starts) aggregation.#lags.set(partition, lag);
    if (share === "in memory" && !aggregation.#isBacklog()) await aggregation.#openDerivation();
    return aggregation;
  }

  #isBacklog(): boolean {
    let lag = 0;
    for (const records of this.#lags.values()) lag += records;
    const { backlogRecordsMin } = this.#options;
    return lag > (this.#derivation ? backlogRecordsMin : backlogRecordsMin / 4);
  }

  async #openDerivation(): Promise<void> {
    const { tables, clock, outOfOrderMs } = this.#options;
    const initialMs = initialWatermarkMs(await tables.events.snapshot(), clock()) - outOfOrderMs;
    this.#derivation = await Derivation.open(this.#options, initialMs);
    this.#eventsNotDerived = 0;
  }

  get starts(): readonly PartitionOffset[] {
    return this.#state.progress.starts;
  }

  /** Whether so much waits that a commit should not wait any longer. In a backlog fewer and larger ones cost less. */
  get isFull(): boolean {
    const { commitEventsMax, backlogRecordsMin } = this.#options;
    const eventsMax = this.#derivation ? commitEventsMax : Math.max(commitEventsMax, backlogRecordsMin);
    return this.#intake.waiting >= eventsMax || this.#intake.waitingBytes >= commitBytesMax;
  }

  take(batch: LogBatch): void {
    const { watermark, progress } = this.#state;
    progress.advance(batch);
    const eventTimeMaxMs = this.#intake.take(batch);
    const lag = batch.logEndOffset - batch.nextOffset;
    watermark.observe(batch.partition, eventTimeMaxMs, lag > 0n, this.#options.clock());
    this.#lags.set(batch.partition, Number(lag));
  }

  /**
   * Commits what has been taken in, then what has closed.
   * @param isLast  writes sessions and late records too, however short ago that was done
   * @throws AppError LAKE_WRITER_FENCED  another writer has taken over: drop this object and open a new one
   */
  async commit(isLast: boolean): Promise<void> {
    await this.#commitEvents();
    if (this.#derivation?.isOverturned) this.#derivation = undefined;
    try {
      await this.#derive(isLast);
    } catch (error) {
      if (errorCodeOf(error) !== "LAKE_WRITER_FENCED") throw error;
      // While partitions move, two may make windows for a moment. Events are nobody else's: only windows begin anew.
      this.#derivation = undefined;
    }
  }

  verify(): Promise<void> {
    return this.#state.progress.verify(this.#options.log);
  }

  async #derive(isLast: boolean): Promise<void> {
    const { share, watermark } = this.#state;
    const nowMs = this.#options.clock();
    const watermarkMs = watermark.advance(nowMs);
    if (share === "in memory") return this.#deriveInMemory(watermarkMs, nowMs, isLast);
    if (share === "from events" && !isLast && this.#isDerivationDue(nowMs)) await this.#deriveFromEvents(watermarkMs);
  }

  #isDerivationDue(nowMs: number): boolean {
    // The clock may have been set back.
    const isDue = nowMs - this.#derivedAtMs >= this.#options.deriveIntervalMs || nowMs < this.#derivedAtMs;
    if (isDue) this.#derivedAtMs = nowMs;
    return isDue;
  }

  async #deriveInMemory(watermarkMs: number, nowMs: number, isLast: boolean): Promise<void> {
    const { metrics } = this.#options;
    if (this.#isBacklog() && !isLast) {
      return this.#deriveBacklog(watermarkMs, backlogPartsPerDerivation * this.#options.backlogRecordsMin);
    }
    if (!this.#derivation) {
      if (isLast) return;
      await this.#deriveBacklog(watermarkMs, 0);
      await this.#options.persist("open windows", () => this.#openDerivation());
    }
    const derivation = this.#derivation!;
    const written = await derivation.commitReady(watermarkMs, this.#isDerivationDue(nowMs) || isLast);
    metrics.rows("item_windows", written.itemWindows);
    metrics.rows("sessions", written.sessions);
    metrics.state({
      watermarkLagMs: nowMs - watermarkMs,
      openWindows: derivation.windows.openWindows,
      openAggregates: derivation.windows.openAggregates,
      openSessions: derivation.sessions.openSessions,
      openSessionRows: derivation.sessions.openRows,
      lateWaiting: derivation.lateRecords,
      dedupIndexIds: this.#state.known.size,
    });
  }

  /** Far behind the log, making windows by SQL from committed events costs less than keeping them in memory. */
  async #deriveBacklog(watermarkMs: number, eventsMin: number): Promise<void> {
    // What it holds is in `events`, and is made from there: the derived tables do not say yet that they include it.
    this.#derivation = undefined;
    if (this.#eventsNotDerived >= eventsMin) await this.#deriveFromEvents(watermarkMs);
  }

  async #deriveFromEvents(watermarkMs: number): Promise<void> {
    if (!Number.isFinite(watermarkMs)) return;
    await this.#options.persist("derived tables", () => catchUp(this.#options.tables, watermarkMs));
    this.#eventsNotDerived = 0;
  }

  async #commitEvents(): Promise<void> {
    const { tables, persist } = this.#options;
    const { progress, counts, known } = this.#state;
    const offsets = progress.change();
    if (offsets.size === 0) return;
    await persist("dedup index", () => this.#intake.settleUndecided(tables));
    const add = await persist("event rows", () => this.#writeEvents());
    const sums = this.#intake.repeats.sums(counts);
    await this.#sendDeadLetters();
    const version = await persist("events", () =>
      tables.events.commit({
        add,
        progress: new Map([...offsets, ...sums]),
        expectedProgress: new Map([...progress.expected(), ...counts]),
        operation: "append",
      }),
    );
    for (const [id, sum] of sums) counts.set(id, sum);
    this.#derivation?.committedAt(version);
    this.#eventsNotDerived += this.#intake.events;
    this.#showCommit();
    this.#intake.clear();
    known.trim();
    await progress.stored(offsets);
  }

  /** Writes the staged events. Those that no row can hold become dead letters, and are in no window either. */
  async #writeEvents(): Promise<readonly DataFile[]> {
    const { lake, events } = this.#options.tables;
    const parts = this.#intake.lines();
    if (parts.length === 0) return [];
    const { onlyPartition, events: rowCount } = this.#intake;
    const write = (lines: readonly Uint8Array[], known: object) =>
      withStagedText(lake, lines, (path) => lake.writeBulk(events, { sql: eventRowsSql(path), ...known }));
    try {
      return await write(parts, onlyPartition ? { partition: onlyPartition, rowCount } : {});
    } catch (error) {
      if (!isFaultOfRows(error)) throw error;
    }
    const { files, bad } = await writeWithoutBadRows(stagedLinesIn(parts), (lines) => write(lines, {}));
    for (const { row, error } of bad) this.#intake.refuse(row, error);
    // Windows in memory have taken them in.
    if (bad.length > 0) this.#derivation = undefined;
    return files;
  }

  #showCommit(): void {
    const { metrics, clock } = this.#options;
    const { events, counts, oldestReceivedMs, latencies } = this.#intake;
    metrics.committed(events, this.#late, counts);
    this.#late = 0;
    const committedAtMs = clock();
    if (Number.isFinite(oldestReceivedMs)) metrics.latency(committedAtMs - oldestReceivedMs);
    latencies.forEach(committedAtMs, metrics.eventLatency);
  }

  /** Before the offsets move past them: a crash in between sends them twice, never none. */
  async #sendDeadLetters(): Promise<void> {
    const { deadLetters } = this.#intake;
    if (deadLetters.length === 0) return;
    const records = deadLetters.map((letter) => ({ key: null, value: Buffer.from(JSON.stringify(letter)) }));
    await this.#options.persist("dead letters", () => this.#options.log.append(topics.rejected, records));
    this.#intake.clearDeadLetters();
  }
}

/** Where a lake begins whose events nobody has derived from: with its newest event, but not ahead of the clock. */
function initialWatermarkMs({ files }: LakeSnapshot, nowMs: number): number {
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const { max } of files) {
    const timeMs = max?.["occurred_at"];
    if (typeof timeMs === "number") newestMs = Math.max(newestMs, timeMs);
  }
  return Math.floor(Math.min(newestMs, nowMs));
}
