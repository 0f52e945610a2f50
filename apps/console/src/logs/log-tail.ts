import { follow, type Follower } from "@footfall/ingest";
import type { EventLog } from "@footfall/log";
import type { IndexedEntry } from "@footfall/log-index";
import { entryMatcher, type LogEntry, type LogQuery, logsTopic, readLogEntry } from "@footfall/service-logs";
import type { Response } from "express";
import { TailStream } from "./tail-stream.ts";

export interface LogTailOptions {
  readonly log: Pick<EventLog, "offsets" | "offsetsAt" | "subscribe">;
  /** Default 20. */
  readonly streamsMax?: number;
}

interface Read {
  readonly offset: bigint;
  readonly entry: LogEntry;
}

/**
 * Entries as they arrive in topic `logs`, each stream with a query of its own. The log is followed once for all
 * streams, and only while there is one.
 */
export class LogTail {
  readonly #options: LogTailOptions;
  readonly #streams = new Set<TailStream>();
  #follower: Follower | undefined;
  #stopped: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(options: LogTailOptions) {
    this.#options = options;
  }

  /** Answers with a stream that ends when the client goes. */
  async open(query: LogQuery, response: Response): Promise<void> {
    const { streamsMax = 20 } = this.#options;
    const stream = new TailStream(response, entryMatcher(query));
    if (this.#isEnding) {
      stream.drop("The server ends.");
      return;
    }
    if (this.#streams.size >= streamsMax) {
      stream.drop(`${streamsMax} live tails are open, which is the most; close one of them.`);
      return;
    }
    this.#streams.add(stream);
    response.on("close", () => {
      stream.end();
      this.#streams.delete(stream);
      if (this.#streams.size === 0) void this.#unfollow();
    });
    this.#follower ??= this.#follow();
    await this.#follower.begun;
    stream.send("live", {});
  }

  endStreams(): void {
    this.#isEnding = true;
    for (const stream of this.#streams) stream.drop("The server ends.");
  }

  async stop(): Promise<void> {
    this.endStreams();
    await this.#unfollow();
    await this.#stopped;
  }

  #follow(): Follower {
    return follow<Read>({
      log: this.#options.log,
      topics: [logsTopic],
      from: () => "latest",
      decode({ offset, value }) {
        const read = value && readLogEntry(value.toString());
        return read?.ok ? { offset, entry: read.entry } : undefined;
      },
      take: (values, { partition }) => {
        const entries = values.map((value): IndexedEntry => ({ partition, ...value }));
        for (const stream of this.#streams) stream.take(entries);
      },
      // A topic that is not there yet is waited for; a lost log is the other services' to report.
      onFailure: () => {},
    });
  }

  async #unfollow(): Promise<void> {
    const follower = this.#follower;
    this.#follower = undefined;
    if (follower) this.#stopped = Promise.all([this.#stopped, follower.stop()]).then(() => {});
    await this.#stopped;
  }
}
