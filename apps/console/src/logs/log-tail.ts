import { type ContactOptions, follow, type Follower } from "@footfall/ingest";
import type { EventLog, LogRecord, PartitionOffset } from "@footfall/log";
import type { IndexedEntry } from "@footfall/log-index";
import { entryMatcher, type LogEntry, type LogQuery, logsTopic, readLogEntry } from "@footfall/service-logs";
import type { Response } from "express";
import { resumeAt } from "./resume-at.ts";
import type { TailPosition } from "./tail-position.ts";
import { TailStream } from "./tail-stream.ts";

export interface LogTailOptions {
  readonly log: Pick<EventLog, "offsets" | "offsetsAt" | "read" | "subscribe">;
  readonly contact: ContactOptions;
  /** Default 20. */
  readonly streamsMax?: number;
  /** Records that a stream that comes back reads again at most; default 200,000. */
  readonly resumeRecordsMax?: number;
}

interface Read {
  readonly offset: bigint;
  readonly entry: LogEntry;
}

const ending = "The server ends.";

/**
 * Entries as they arrive in topic `logs`, each stream with a query of its own. The log is followed once for all
 * streams, and only while there is one. A stream that comes back reads by itself what it has missed, and joins the
 * others where they are: each entry once.
 */
export class LogTail {
  readonly #options: LogTailOptions;
  readonly #streams = new Set<TailStream>();
  /** Of the streams, those that have not caught up with the others. */
  readonly #behind = new Set<TailStream>();
  #next = new Map<number, bigint>();
  #follower: Follower | undefined;
  #stopped: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(options: LogTailOptions) {
    this.#options = options;
  }

  /**
   * Answers with a stream that ends when the client goes.
   * @param after  where a stream of before ended; else it begins now
   */
  async open(query: LogQuery, response: Response, after?: TailPosition): Promise<void> {
    const { streamsMax = 20 } = this.#options;
    const stream = new TailStream(response, entryMatcher(query));
    if (this.#isEnding) {
      stream.leave(ending);
      return;
    }
    if (this.#streams.size >= streamsMax) {
      stream.drop(`${streamsMax} live tails are open, which is the most; close one of them.`);
      return;
    }
    this.#streams.add(stream);
    this.#behind.add(stream);
    response.on("close", () => {
      stream.end();
      this.#streams.delete(stream);
      this.#behind.delete(stream);
      if (this.#streams.size === 0) void this.#unfollow();
    });
    this.#follower ??= this.#follow();
    await this.#follower.begun;
    try {
      if (after) await this.#catchUp(stream, after);
    } catch {
      // It comes back by itself, to where it has come.
      stream.end();
      return;
    }
    if (!after) stream.moveTo(this.#next);
    this.#behind.delete(stream);
    stream.send("live", { resumed: after !== undefined });
  }

  endStreams(): void {
    this.#isEnding = true;
    for (const stream of this.#streams) stream.leave(ending);
  }

  async stop(): Promise<void> {
    this.endStreams();
    await this.#unfollow();
    await this.#stopped;
  }

  /** Reads what came since a position, until there is nothing between the stream and the others. */
  async #catchUp(stream: TailStream, after: TailPosition): Promise<void> {
    // The log is away: the page comes back.
    if (this.#next.size === 0) return stream.end();
    const { log, resumeRecordsMax = 200_000 } = this.#options;
    const { position, missed } = resumeAt(after, await log.offsets(logsTopic), resumeRecordsMax);
    if (missed !== undefined) stream.send("missed", { reason: missed });
    stream.moveTo(position);
    for (;;) {
      const partition = [...this.#next.keys()].find((each) => stream.position.get(each)! < this.#next.get(each)!);
      if (partition === undefined || stream.isOver) return;
      const endOffset = this.#next.get(partition)!;
      const range = { topic: logsTopic, partition, startOffset: stream.position.get(partition)!, endOffset };
      for await (const { records, nextOffset } of log.read(range)) {
        await stream.takeAll({ partition, entries: indexedOf(partition, records.flatMap(decoded)), nextOffset });
        if (stream.isOver) return;
      }
      // The last records of the range may be gone.
      stream.moveTo(new Map([[partition, endOffset]]));
    }
  }

  #follow(): Follower {
    return follow<Read>({
      name: "live logs",
      log: this.#options.log,
      contact: this.#options.contact,
      topics: [logsTopic],
      from: () => "latest",
      onBegin: (starts) => this.#onBegin(starts),
      decode: (record) => decoded(record)[0],
      take: (values, { partition, nextOffset }) => {
        this.#next.set(partition, nextOffset);
        const batch = { partition, entries: indexedOf(partition, values), nextOffset };
        for (const stream of this.#streams) if (!this.#behind.has(stream)) stream.take(batch);
      },
      // A topic that is not there yet is waited for; a lost log is the other services' to report.
      onFailure: () => {},
    });
  }

  /** Another log may have taken the place of the one that was read. */
  #onBegin(starts: readonly PartitionOffset[]): void {
    this.#next = new Map(starts.map(({ partition, offset }) => [partition, offset]));
    for (const stream of this.#streams) {
      if (this.#behind.has(stream)) continue;
      if (stream.position.size > 0) stream.send("missed", { reason: "The log was read anew: lines may be missing." });
      stream.moveTo(this.#next);
    }
  }

  async #unfollow(): Promise<void> {
    const follower = this.#follower;
    this.#follower = undefined;
    this.#next = new Map();
    if (follower) this.#stopped = Promise.all([this.#stopped, follower.stop()]).then(() => {});
    await this.#stopped;
  }
}

/** None where the record says nothing that can be read. */
function decoded({ offset, value }: LogRecord): Read[] {
  const read = value && readLogEntry(value.toString());
  return read?.ok ? [{ offset, entry: read.entry }] : [];
}

function indexedOf(partition: number, values: readonly Read[]): IndexedEntry[] {
  return values.map((value) => ({ partition, ...value }));
}
