import type { LogEntry } from "@footfall/service-logs";
import type { IndexedEntry } from "@footfall/log-index";
import type { Response } from "express";
import { shownEntry } from "./shown-entry.ts";

/** What a stream may hold back: older lines give way, and the page is told how many. */
const waitingMax = 500;
/** Lines of a burst go together. */
const sendEveryMs = 250;
/** Proxies and browsers close what stays silent. */
const heartbeatEveryMs = 15_000;
/** A client that takes nothing for this long is let go. */
const stuckMaxMs = 10_000;

/** One page's live tail, as server-sent events: `live`, `entries`, `skipped`, `dropped`. */
export class TailStream {
  readonly #response: Response;
  readonly #matches: (entry: LogEntry) => boolean;
  readonly #timer: NodeJS.Timeout;
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
    this.#timer = setInterval(() => this.#onTick(), sendEveryMs);
    this.#timer.unref();
  }

  take(entries: readonly IndexedEntry[]): void {
    for (const indexed of entries) if (this.#matches(indexed.entry)) this.#waiting.push(indexed);
    const tooMany = this.#waiting.length - waitingMax;
    if (tooMany <= 0) return;
    this.#waiting.splice(0, tooMany);
    this.#skipped += tooMany;
  }

  send(event: string, data: unknown): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    this.#quietMs = 0;
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends the stream and says why; the page does not come back by itself. */
  drop(reason: string): void {
    this.send("dropped", { reason });
    this.end();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#response.end();
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
    if (this.#skipped > 0) this.send("skipped", { count: this.#skipped });
    this.#skipped = 0;
    if (this.#waiting.length > 0)
      this.send(
        "entries",
        this.#waiting.map((entry) => shownEntry(entry)),
      );
    this.#waiting = [];
    if (this.#quietMs < heartbeatEveryMs) return;
    this.#quietMs = 0;
    this.#response.write(": still here\n\n");
  }
}
