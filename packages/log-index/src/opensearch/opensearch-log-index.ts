import { AppError, dateOf } from "@footfall/base";
import { entryMatcher } from "@footfall/service-logs";
import type {
  EntryPlace,
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
import { createDocuments } from "./bulk-write.ts";
import { dayTemplate, IndexNames } from "./daily-indices.ts";
import { documentId, documentOf, placeOf } from "./entry-document.ts";
import { countOf, cursorOf, readCursor, scanEntries } from "./entry-scan.ts";
import { fieldValuesOf } from "./field-values.ts";
import { HistogramCounts } from "./histogram.ts";
import { OpenSearchClient } from "./opensearch-client.ts";
import { boundsOf } from "./query-bounds.ts";
import { allOf, type Dsl, matchNone, noneOf, timeRange } from "./query-dsl.ts";
import { findEntry, neighboursOf } from "./surroundings.ts";
import { WriterState } from "./writer-state.ts";

export interface OpenSearchLogIndexOptions {
  /** `https://user:password@host:9200`; the user may be absent. */
  readonly url: string;
  /**
   * What the names of all indices begin with. Default `footfall`: `footfall-logs-2026.11.29`, `footfall-log-progress`.
   */
  readonly indexPrefix?: string;
  /** Copies of each shard beside the first, of new indices. Default 1. */
  readonly replicas?: number;
  /**
   * Whether `store` ends before its entries can be found: at once, `wait_for` after they can, `true` makes them so.
   * Default `false`: they are found within a second.
   */
  readonly refresh?: "false" | "wait_for" | "true";
  /** How long a call goes on trying while the server is away or overloaded. Default 30,000. */
  readonly patienceMs?: number;
  /** Entries that one search reads before it gives what it has. Default 20,000. */
  readonly searchEntriesMax?: number;
  /** Given each entry that OpenSearch will never take; without it, `store` throws `INDEX_ENTRY_INVALID`. */
  readonly onRefused?: (entry: IndexedEntry, reason: string) => void;
}

const limitMax = 10_000;
const scanPageSize = 1_000;
const timeEndMs = Date.UTC(10_000, 0);

/**
 * Text index in OpenSearch or Elasticsearch: an index for each UTC day, and one for the progress. Many may read. A
 * writer that another has overtaken is refused; entries that it has stored stay, each once.
 */
export class OpenSearchLogIndex implements LogIndex {
  readonly #options: OpenSearchLogIndexOptions;
  readonly #client: OpenSearchClient;
  readonly #names: IndexNames;
  readonly #state: WriterState;
  /** Ends when the calls of `store` so far have ended. */
  #writing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Puts the template of the days' indices. @throws `INDEX_UNAVAILABLE` */
  static async open(options: OpenSearchLogIndexOptions): Promise<OpenSearchLogIndex> {
    const index = new OpenSearchLogIndex(options);
    const replicas = options.replicas ?? 1;
    await index.#client.request("PUT", `_index_template/${index.#names.template}`, dayTemplate(index.#names, replicas));
    await index.#state.create(replicas);
    return index;
  }

  private constructor(options: OpenSearchLogIndexOptions) {
    this.#options = options;
    this.#client = new OpenSearchClient({ url: options.url, patienceMs: options.patienceMs ?? 30_000 });
    this.#names = new IndexNames(options.indexPrefix ?? "footfall");
    this.#state = new WriterState(this.#client, this.#names.progress);
  }

  async progress(): Promise<IndexProgress> {
    this.#assertOpen();
    return this.#state.progress();
  }

  async store(
    entries: readonly IndexedEntry[],
    progress: IndexProgress,
    expected: ReadonlyMap<string, bigint | undefined>,
  ): Promise<StoreResult> {
    this.#assertOpen();
    return this.#next(() => this.#store(entries, progress, expected));
  }

  async applyRetention(beforeMs: number): Promise<readonly string[]> {
    this.#assertOpen();
    return this.#next(() => this.#expireBefore(dateOf(beforeMs)));
  }

  async search(search: LogSearch): Promise<LogPage> {
    this.#assertOpen();
    const { limit, order = "newest", cursor } = search;
    if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
      throw new AppError("REQUEST_INVALID", `A page has 1 to ${limitMax} entries, not ${limit}.`);
    }
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const matches = entryMatcher(search.query);
    const found: IndexedEntry[] = [];
    let unread = this.#options.searchEntriesMax ?? 20_000;
    const query = allOf([rangeOf(search), boundsOf(search.query).possible]);
    const scan = { query, order, after, firstPage: limit };
    for await (const page of scanEntries(this.#client, this.#names.everyDay, scan)) {
      for (const indexed of page) {
        if (!matches(indexed.entry)) continue;
        found.push(indexed);
        if (found.length === limit) return { entries: found, next: cursorOf(placeOf(indexed)), isComplete: true };
      }
      unread -= page.length;
      if (unread <= 0) {
        return { entries: found, next: cursorOf(placeOf(page.at(-1)!)), isComplete: false };
      }
    }
    return { entries: found, isComplete: true };
  }

  async count(criteria: LogCriteria): Promise<number> {
    this.#assertOpen();
    const { sure } = boundsOf(criteria.query);
    let count = await countOf(this.#client, this.#names.everyDay, allOf([rangeOf(criteria), sure]));
    for await (const page of this.#unsureMatches(criteria)) count += page.length;
    return count;
  }

  async histogram(criteria: LogCriteria & { readonly bucketMs: number }): Promise<readonly HistogramBucket[]> {
    this.#assertOpen();
    const { query, bucketMs } = criteria;
    if (!Number.isInteger(bucketMs) || bucketMs < 1) {
      throw new AppError("REQUEST_INVALID", `A bucket lasts whole milliseconds, not ${bucketMs}.`);
    }
    const counts = new HistogramCounts(bucketMs);
    await counts.addAll(this.#client, this.#names.everyDay, allOf([rangeOf(criteria), boundsOf(query).sure]));
    for await (const page of this.#unsureMatches(criteria)) {
      for (const { entry } of page) counts.add(entry.occurredAtMs, entry.severityNumber);
    }
    return counts.buckets();
  }

  async around(place: EntryPlace, before: number, after: number): Promise<LogSurroundings | undefined> {
    this.#assertOpen();
    const entry = await findEntry(this.#client, this.#names.everyDay, place);
    if (entry === undefined) return undefined;
    const neighbours = (direction: "before" | "after", limit: number) =>
      neighboursOf(this.#client, this.#names.everyDay, entry, direction, limit);
    return { before: await neighbours("before", before), entry, after: await neighbours("after", after) };
  }

  async fieldValues(field: string, prefix: string, limit: number): Promise<readonly FieldValue[]> {
    this.#assertOpen();
    return fieldValuesOf(this.#client, this.#names.everyDay, field, prefix, limit);
  }

  /** Waits for the calls of `store` under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
  }

  async #store(
    entries: readonly IndexedEntry[],
    progress: IndexProgress,
    expected: ReadonlyMap<string, bigint | undefined>,
  ): Promise<StoreResult> {
    for (const entry of entries) requireTime(entry);
    await this.#state.requireProgress(expected, progress);
    const firstDay = await this.#state.firstDay();
    const current = entries.filter(({ entry }) => dateOf(entry.occurredAtMs) >= firstDay);
    const marks = await this.#state.marks(current);
    const fresh = current.filter((entry) => !marks.wasSent(entry));
    const documents = fresh.map((indexed) => ({
      index: this.#names.ofDay(dateOf(indexed.entry.occurredAtMs)),
      id: documentId(indexed),
      source: JSON.stringify(documentOf(indexed)),
    }));
    const { created, repeated, refused } = await createDocuments(
      this.#client,
      documents,
      this.#options.refresh ?? "false",
    );
    for (const [position, reason] of refused) this.#refuse(fresh[position]!, reason);
    // Marks before progress: whoever comes here again after a crash finds the entries there, by mark or by id.
    await this.#state.saveMarks(marks);
    await this.#state.moveProgress(expected, progress);
    return {
      stored: created,
      repeated: repeated + current.length - fresh.length,
      expired: entries.length - current.length,
    };
  }

  #refuse(indexed: IndexedEntry, reason: string): void {
    if (this.#options.onRefused) return this.#options.onRefused(indexed, reason);
    const { partition, offset } = indexed;
    throw new AppError("INDEX_ENTRY_INVALID", `OpenSearch refused the entry at ${partition}/${offset}: ${reason}`, {
      context: { partition, offset },
    });
  }

  async #expireBefore(firstDay: string): Promise<readonly string[]> {
    // First, so that a day which is deleted does not come back.
    if (firstDay > (await this.#state.firstDay())) await this.#state.expireBefore(firstDay);
    const { body } = await this.#client.request<readonly { index: string }[]>(
      "GET",
      `_cat/indices/${this.#names.everyDay}?format=json&h=index`,
    );
    const days = body
      .flatMap(({ index }) => this.#names.dateOf(index) ?? [])
      .filter((day) => day < firstDay)
      .sort();
    // 404: deleted by a try whose answer was lost.
    for (const day of days) await this.#client.request("DELETE", this.#names.ofDay(day), undefined, [404]);
    return days;
  }

  /** Entries that a query means though the index alone cannot say so. */
  async *#unsureMatches(criteria: LogCriteria): AsyncGenerator<readonly IndexedEntry[]> {
    const { sure, possible } = boundsOf(criteria.query);
    const query = allOf([rangeOf(criteria), possible, noneOf(sure)]);
    if (query === matchNone) return;
    const matches = entryMatcher(criteria.query);
    const scan = { query, order: "oldest", firstPage: scanPageSize } as const;
    for await (const page of scanEntries(this.#client, this.#names.everyDay, scan)) {
      yield page.filter(({ entry }) => matches(entry));
    }
  }

  /** One call after the other: each meets the progress that the last one left. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(work);
    this.#writing = result.catch(() => {});
    return result;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new AppError("INDEX_CLOSED", "The log index was closed.");
  }
}

function rangeOf({ fromMs, toMs }: LogCriteria): Dsl {
  return timeRange(fromMs, toMs);
}

function requireTime({ partition, offset, entry: { occurredAtMs } }: IndexedEntry): void {
  if (Number.isInteger(occurredAtMs) && occurredAtMs >= 0 && occurredAtMs < timeEndMs) return;
  const message = `The entry at ${partition}/${offset} has time ${occurredAtMs}, outside the years 1970 to 9999.`;
  throw new AppError("INDEX_ENTRY_INVALID", message, { context: { partition, offset } });
}
