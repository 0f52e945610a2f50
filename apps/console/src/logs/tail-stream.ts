import { once } from "node:events";
import type { LogEntry } from "@footfall/service-logs";
import type { IndexedEntry } from "@footfall/log-index";
import type { Response } from "express";
import { shownEntry } from "./shown-entry.ts";
import { type TailPosition, tailPositionText } from "./tail-position.ts";

/** What a stream may hold back: older lines give way, and the page is told how many. */
const waitingMax = 500;
/** Lines of a burst go together. */
const sendEveryMs = 250;
/** Proxies and browsers close what stays silent. */
const heartbeatEveryMs = 15_000;
/** A client that takes nothing for this long is let go. */
const stuckMaxMs = 10_000;
/** When a browser connects again by itself. */
const retryMs = 1_000;

/** Entries of one partition, and the offset after the last record that was looked at for them. */
export interface TailBatch {
  readonly partition: number;
  readonly entries: readonly IndexedEntry[];
  readonly nextOffset: bigint;
}

/**
 * One page's live tail, as server-sent events: `live`, `entries`, `skipped`, `missed`, `ending`, `dropped`. The id of
 * an event is the position after what it and those before it say.
 */
export class TailStream {
  readonly #response: Response;
  readonly #matches: (entry: LogEntry) => boolean;
  readonly #timer: NodeJS.Timeout;
  readonly #position = new Map<number, bigint>();
  #waiting: IndexedEntry[] = [];
  #skipped = 0;
  #quietMs = 0;
  #stuckMs = 0;

  constructor(response: Response, matches: (entry: LogEntry) => boolean) {
    this.#response = response;
    this.#matches = matches;
    // A connection that stays open after the stream would keep the server from closing.
    response.set({ "Content-Type": "text/event-stream", "X-Accel-Buffering": "no", Connection: "close" });
    response.flushHeaders();
    response.write(`retry: ${retryMs}\n\n`);
    this.#timer = setInterval(() => this.#onTick(), sendEveryMs);
    this.#timer.unref();
  }

  get position(): TailPosition {
    return this.#position;
  }

  get isOver(): boolean {
    return this.#response.writableEnded || this.#response.destroyed;
  }

  /** Goes on at other offsets; partitions that are not named stay where they are. */
  moveTo(position: TailPosition): void {
    for (const [partition, offset] of position) this.#position.set(partition, offset);
  }

  /** Takes what matches and lies at or after the stream's position. */
  take({ partition, entries, nextOffset }: TailBatch): void {
    const from = this.#position.get(partition) ?? 0n;
    if (nextOffset <= from) return;
    this.#position.set(partition, nextOffset);
    for (const indexed of entries) {
      if (indexed.offset >= from && this.#matches(indexed.entry)) this.#waiting.push(indexed);
    }
    const tooMany = this.#waiting.length - waitingMax;
    if (tooMany <= 0) return;
    this.#waiting.splice(0, tooMany);
    this.#skipped += tooMany;
  }

  /** The same, but waits for the client where `take` would leave lines out. */
  async takeAll({ partition, entries, nextOffset }: TailBatch): Promise<void> {
    for (let at = 0; at < entries.length && !this.isOver; at += waitingMax) {
      await this.#flushed();
      const part = entries.slice(at, at + waitingMax);
      this.take({ partition, entries: part, nextOffset: part.at(-1)!.offset + 1n });
    }
    this.take({ partition, entries: [], nextOffset });
    await this.#flushed();
  }

  send(event: string, data: unknown): void {
    if (this.isOver) return;
    this.#quietMs = 0;
    this.#response.write(`${this.#idLine()}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends the stream and says why; the page does not come back by itself. */
  drop(reason: string): void {
    this.send("dropped", { reason });
    this.end();
  }

  /** Ends the stream after what waits; the page comes back and goes on after it. */
  leave(reason: string): void {
    this.#flush();
    this.send("ending", { reason });
    this.end();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#response.end();
  }

  #idLine(): string {
    // What waits has not been sent, so the position is not yet the client's.
    if (this.#position.size === 0 || this.#waiting.length > 0) return "";
    return `id: ${tailPositionText(this.#position)}\n`;
  }

  async #flushed(): Promise<void> {
    this.#flush();
    if (this.isOver || !this.#response.writableNeedDrain) return;
    const stopping = new AbortController();
    const { signal } = stopping;
    await Promise.race([once(this.#response, "drain", { signal }), once(this.#response, "close", { signal })]);
    stopping.abort();
  }

  #flush(): void {
    const entries = this.#waiting;
    const count = this.#skipped;
    if (count > 0) this.send("skipped", { count });
    this.#skipped = 0;
    this.#waiting = [];
    if (entries.length === 0) return;
    this.send(
      "entries",
      entries.map((entry) => shownEntry(entry)),
    );
  }

  #onTick(): void {
    if (this.#response.writableNeedDrain) {
      this.#stuckMs += sendEveryMs;
      if (this.#stuckMs < stuckMaxMs) return;
      this.drop("This page took no lines for 10 s, so the live tail let it go.");
      this.#response.destroy();
      return;
    }
    this.#stuckMs = 0;
    this.#quietMs += sendEveryMs;
    this.#flush();
    if (this.#quietMs < heartbeatEveryMs) return;
    this.#quietMs = 0;
    this.#response.write(`${this.#idLine()}: still here\n\n`);
  }
}
