import { randomUUID } from "node:crypto";
import { AppError, dateOf } from "@footfall/base";
import type { IndexedEntry, IndexProgress } from "../log-index.ts";
import { hashOf } from "./entry-document.ts";
import type { OpenSearchClient } from "./opensearch-client.ts";

/** One life of a file; the next byte at which an entry of it can begin. */
interface GenerationMark {
  nextByte: number;
  /** Of the newest entry: the mark goes with this day's index. */
  lastDay: string;
}

interface StoredDocument<T> {
  readonly found?: boolean;
  readonly _source?: T;
  readonly _seq_no?: number;
  readonly _primary_term?: number;
}

interface StoredProgress {
  /** As text: JSON's numbers end at 2^53 in JavaScript. */
  readonly positions: Readonly<Record<string, string>>;
  /** The call that wrote it. */
  readonly call: string;
}

type ExpectedProgress = ReadonlyMap<string, bigint | undefined>;

const progressId = "progress";
const retentionId = "retention";
const marksPageSize = 1_000;

/**
 * What the writer has to know, in an index of its own: how far the topic has been read, the marks of generations, and
 * the first day that retention has left. Read by id, which sees every write at once, before any refresh.
 */
export class WriterState {
  readonly #client: OpenSearchClient;
  readonly #index: string;

  constructor(client: OpenSearchClient, index: string) {
    this.#client = client;
    this.#index = index;
  }

  /** Creates the index if it is not there. */
  async create(replicas: number): Promise<void> {
    const settings = { number_of_shards: 1, number_of_replicas: replicas };
    const mappings = { dynamic: false, properties: { lastDay: { type: "keyword" } } };
    // 400: it is there already.
    await this.#client.request("PUT", this.#index, { settings, mappings }, [400]);
  }

  async progress(): Promise<IndexProgress> {
    return positionsOf(await this.#get<StoredProgress>(progressId));
  }

  /** The first day that retention has left, or "". */
  async firstDay(): Promise<string> {
    return (await this.#get<{ firstDay: string }>(retentionId))._source?.firstDay ?? "";
  }

  /** Entries before this day are expired from now on, and marks of generations that ended before it forgotten. */
  async expireBefore(firstDay: string): Promise<void> {
    await this.#client.request("PUT", `${this.#index}/_doc/${retentionId}`, { firstDay });
    const query = { range: { lastDay: { lt: firstDay } } };
    for (;;) {
      await this.#client.request("POST", `${this.#index}/_refresh`);
      const search = { query, size: marksPageSize, _source: false };
      const { body } = await this.#client.request<{ hits: { hits: readonly { _id: string }[] } }>(
        "POST",
        `${this.#index}/_search?allow_partial_search_results=false`,
        search,
      );
      const ids = body.hits.hits.map(({ _id }) => _id);
      if (ids.length === 0) return;
      const lines = ids.map((id) => `${JSON.stringify({ delete: { _index: this.#index, _id: id } })}\n`);
      await this.#client.request("POST", "_bulk", lines.join(""));
    }
  }

  /** The marks of these entries' generations. */
  async marks(entries: readonly IndexedEntry[]): Promise<GenerationMarks> {
    const marks = new Map<string, GenerationMark>();
    for (const entry of entries) if (entry.entry.source) marks.set(markId(entry), { nextByte: 0, lastDay: "" });
    if (marks.size > 0) {
      const { body } = await this.#client.request<{
        docs: readonly (StoredDocument<GenerationMark> & { _id: string })[];
      }>("POST", `${this.#index}/_mget`, { ids: [...marks.keys()] });
      for (const { _id, _source } of body.docs) if (_source) marks.set(_id, _source);
    }
    return new GenerationMarks(marks);
  }

  async saveMarks(marks: GenerationMarks): Promise<void> {
    const lines = [...marks.moved()].map(
      ([id, mark]) => `${JSON.stringify({ index: { _index: this.#index, _id: id } })}\n${JSON.stringify(mark)}\n`,
    );
    if (lines.length === 0) return;
    const { body } = await this.#client.request<{ errors: boolean }>("POST", "_bulk", lines.join(""));
    if (!body.errors) return;
    throw new AppError("INDEX_UNAVAILABLE", "OpenSearch did not take the marks of generations.", { retriable: true });
  }

  /** @throws `INDEX_WRITER_FENCED` if the stored progress is another one */
  async requireProgress(expected: ExpectedProgress, progress: IndexProgress): Promise<void> {
    requireSame(await this.progress(), expected, progress);
  }

  /** Moves the progress on, unless another writer has done so. @throws `INDEX_WRITER_FENCED` then */
  async moveProgress(expected: ExpectedProgress, progress: IndexProgress): Promise<void> {
    const call = randomUUID();
    for (;;) {
      const stored = await this.#get<StoredProgress>(progressId);
      // Our own write whose answer was lost.
      if (stored._source?.call === call) return;
      requireSame(positionsOf(stored), expected, progress);
      const positions = { ...stored._source?.positions };
      for (const [name, position] of progress) positions[name] = String(position);
      const condition = stored.found
        ? `if_seq_no=${stored._seq_no}&if_primary_term=${stored._primary_term}`
        : "op_type=create";
      const path = `${this.#index}/_doc/${progressId}?${condition}`;
      const { status } = await this.#client.request("PUT", path, { positions, call }, [409]);
      if (status !== 409) return;
    }
  }

  async #get<T>(id: string): Promise<StoredDocument<T>> {
    return (await this.#client.request<StoredDocument<T>>("GET", `${this.#index}/_doc/${id}`, undefined, [404])).body;
  }
}

/** The marks that one call of `store` meets and moves. */
export class GenerationMarks {
  readonly #marks: ReadonlyMap<string, GenerationMark>;
  readonly #moved = new Set<string>();

  constructor(marks: ReadonlyMap<string, GenerationMark>) {
    this.#marks = marks;
  }

  /** Whether a line was sent before; if not, it counts as sent. Entries without a place in a file never were. */
  wasSent(indexed: IndexedEntry): boolean {
    const { source, occurredAtMs } = indexed.entry;
    if (source === undefined) return false;
    const id = markId(indexed);
    const mark = this.#marks.get(id)!;
    if (source.offset < mark.nextByte) return true;
    mark.nextByte = source.offset + 1;
    const day = dateOf(occurredAtMs);
    if (day > mark.lastDay) mark.lastDay = day;
    this.#moved.add(id);
    return false;
  }

  *moved(): Iterable<[string, GenerationMark]> {
    for (const id of this.#moved) yield [id, this.#marks.get(id)!];
  }
}

function markId({ partition, entry }: IndexedEntry): string {
  return `mark-${hashOf(String(partition), entry.source!.generation)}`;
}

function positionsOf({ _source }: StoredDocument<StoredProgress>): Map<string, bigint> {
  return new Map(Object.entries(_source?.positions ?? {}).map(([name, position]) => [name, BigInt(position)]));
}

function requireSame(stored: IndexProgress, expected: ExpectedProgress, progress: IndexProgress): void {
  for (const name of new Set([...expected.keys(), ...progress.keys()])) {
    if (stored.get(name) === expected.get(name)) continue;
    const found = `${name} is ${stored.get(name)} and not ${expected.get(name)}`;
    throw new AppError("INDEX_WRITER_FENCED", `Another writer has moved the log index on: ${found}.`, {
      context: { name, stored: stored.get(name), expected: expected.get(name) },
    });
  }
}
