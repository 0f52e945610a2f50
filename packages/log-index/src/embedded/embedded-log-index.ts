import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { AppError, dateOf } from "@footfall/base";
import type {
  EntryPlace,
  ExpectedProgress,
  FieldValue,
  HistogramBucket,
  IndexedEntry,
  IndexProgress,
  LogCriteria,
  LogIndex,
  LogPage,
  LogSearch,
  LogSurroundings,
  StoreResult,
} from "../log-index.ts";
import type { TimeRange } from "./block-list.ts";
import { DayFolder } from "./day-folder.ts";
import { cursorOf, PageEntries, placeOf, startOf } from "./entry-order.ts";
import { EntryWriter } from "./entry-writer.ts";
import { fieldValuesOf } from "./field-values.ts";
import { fromSqliteError } from "./index-errors.ts";
import { ProgressStore } from "./progress-store.ts";
import { countSegment } from "./segment-count.ts";
import type { Segment } from "./segment.ts";
import { searchSegment, visitMatches } from "./segment-search.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { findEntry, neighboursOf } from "./surroundings.ts";
import { lockForWriting } from "./writer-lock.ts";

export interface EmbeddedLogIndexOptions {
  /** Holds nothing else. Readers need it writable too: SQLite shares its state there. */
  readonly folder: string;
  /** Readers may be many, beside one writer in another process. Default false. */
  readonly isReader?: boolean;
  /** Segments (days) kept open. Default 16. */
  readonly segmentsOpenMax?: number;
  /** Blocks of 32 KB that one search unpacks before it gives what it has. Default 4,000. */
  readonly searchBlocksMax?: number;
  /** Pages of 4 KB at which a file counts as full. Default: as the disk allows. For tests. */
  readonly filePagesMax?: number;
  /** Called before each commit with the file's name; throwing stands for a crash at this point. For tests. */
  readonly beforeCommit?: (file: string) => void;
}

const progressFile = "progress.db";

/** Text index in a folder: a SQLite file for each UTC day, and one for the progress. */
export class EmbeddedLogIndex implements LogIndex {
  readonly #options: EmbeddedLogIndexOptions;
  readonly #days: DayFolder;
  readonly #unlock: () => void;
  readonly #writer: EntryWriter | undefined;
  readonly #store: ProgressStore | undefined;
  #isClosed = false;

  /** @throws `INDEX_LOCKED` if another process writes here */
  static open(options: EmbeddedLogIndexOptions): EmbeddedLogIndex {
    return new EmbeddedLogIndex(options);
  }

  private constructor(options: EmbeddedLogIndexOptions) {
    const { folder, isReader = false } = options;
    this.#options = options;
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw fromSqliteError(cause, folder);
    }
    this.#days = new DayFolder(options);
    this.#unlock = isReader ? () => {} : lockForWriting(folder);
    if (isReader) return;
    try {
      this.#store = new ProgressStore(new SqliteFile(join(folder, progressFile), false), false);
      this.#writer = new EntryWriter(this.#days, this.#store, options.beforeCommit ?? (() => {}));
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  /** How many blocks searches have unpacked so far: their cost. */
  get blocksUnpacked(): number {
    return this.#days.counter.blocksUnpacked;
  }

  async progress(): Promise<IndexProgress> {
    this.#assertOpen();
    if (this.#store) return this.#store.progress();
    const path = join(this.#options.folder, progressFile);
    if (!existsSync(path)) return new Map();
    const store = new ProgressStore(new SqliteFile(path, true), true);
    try {
      return store.progress();
    } finally {
      store.close();
    }
  }

  async store(
    entries: readonly IndexedEntry[],
    progress: IndexProgress,
    expected: ExpectedProgress,
  ): Promise<StoreResult> {
    return this.#writing().store(entries, progress, expected);
  }

  async applyRetention(beforeMs: number): Promise<readonly string[]> {
    return this.#writing().expireBefore(dateOf(beforeMs));
  }

  async search(search: LogSearch): Promise<LogPage> {
    this.#assertOpen();
    const page = new PageEntries(search);
    const range = rangeOf(search);
    const budget = { blocks: this.#options.searchBlocksMax ?? 4_000 };
    const days = this.#daysOf(range);
    for (const day of page.isNewestFirst ? days.reverse() : days) {
      if (page.isFull) break;
      const unreadMs = await this.#days.read(day, (segment) =>
        searchSegment(segment, search.query, range, page, budget),
      );
      if (unreadMs === undefined) continue;
      const next = cursorOf(startOf(page.isNewestFirst ? unreadMs + 1 : unreadMs));
      return { entries: page.entries(unreadMs), next, isComplete: false };
    }
    const entries = page.entries();
    return { entries, ...(page.isFull && { next: cursorOf(placeOf(entries.at(-1)!)) }), isComplete: true };
  }

  async count(criteria: LogCriteria): Promise<number> {
    const range = rangeOf(criteria);
    let count = 0;
    await this.#eachSegment(range, async (segment) => {
      count += await countSegment(segment, criteria.query, range);
    });
    return count;
  }

  async histogram(criteria: LogCriteria & { readonly bucketMs: number }): Promise<readonly HistogramBucket[]> {
    const { query, bucketMs } = criteria;
    if (!Number.isInteger(bucketMs) || bucketMs < 1) {
      throw new AppError("REQUEST_INVALID", `A bucket lasts whole milliseconds, not ${bucketMs}.`);
    }
    const range = rangeOf(criteria);
    const buckets = new Map<number, Map<number, number>>();
    let last = { startMs: Number.NaN, counts: new Map<number, number>() };
    const visit = (timeMs: number, severity: number): void => {
      const startMs = timeMs - (timeMs % bucketMs);
      if (startMs !== last.startMs) {
        last = { startMs, counts: buckets.get(startMs) ?? new Map<number, number>() };
        buckets.set(startMs, last.counts);
      }
      last.counts.set(severity, (last.counts.get(severity) ?? 0) + 1);
    };
    await this.#eachSegment(range, (segment) => {
      const runs = segment.blocks().runs(range);
      return visitMatches(segment, segment.candidatesOf(query), range, runs, visit);
    });
    return [...buckets]
      .map(([startMs, countsBySeverity]) => ({ startMs, countsBySeverity }))
      .sort((a, b) => a.startMs - b.startMs);
  }

  async around(place: EntryPlace, before: number, after: number): Promise<LogSurroundings | undefined> {
    this.#assertOpen();
    if (!this.#days.days().includes(dateOf(place.occurredAtMs))) return undefined;
    const entry = await findEntry(this.#days, place);
    if (entry === undefined) return undefined;
    return {
      before: await neighboursOf(this.#days, entry, "before", before),
      entry: entry.found,
      after: await neighboursOf(this.#days, entry, "after", after),
    };
  }

  async fieldValues(field: string, prefix: string, limit: number): Promise<readonly FieldValue[]> {
    const facets: FieldValue[] = [];
    await this.#eachSegment(rangeOf({}), async (segment) => {
      for (const { value, entries } of segment.facetsOf(field).facets) facets.push({ value, count: entries });
    });
    return fieldValuesOf(facets, prefix, limit);
  }

  /** Waits for the call of `store` under way. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writer?.drain();
    this.#days.close();
    this.#store?.close();
    this.#unlock();
  }

  #writing(): EntryWriter {
    this.#assertOpen();
    if (this.#writer) return this.#writer;
    throw new AppError("INDEX_LOCKED", "This log index was opened for reading.", {
      context: { folder: this.#options.folder },
    });
  }

  async #eachSegment(range: TimeRange, work: (segment: Segment) => Promise<void>): Promise<void> {
    this.#assertOpen();
    for (const day of this.#daysOf(range)) await this.#days.read(day, work);
  }

  #daysOf({ fromMs, toMs }: TimeRange): string[] {
    if (toMs <= fromMs) return [];
    const [first, last] = [dateOf(fromMs), dateOf(toMs - 1)];
    return this.#days.days().filter((day) => day >= first && day <= last);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new AppError("INDEX_CLOSED", "The log index was closed.");
  }
}

const timeMaxMs = Date.UTC(10_000, 0);

function rangeOf({ fromMs = 0, toMs = timeMaxMs }: Partial<LogCriteria>): TimeRange {
  return { fromMs: Math.max(0, fromMs), toMs: Math.min(timeMaxMs, toMs) };
}
