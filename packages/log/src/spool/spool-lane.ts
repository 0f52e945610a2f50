import { setTimeout as delay } from "node:timers/promises";
import { AppError, type Clock, errorCodeOf } from "@footfall/base";
import type { AppendRecord } from "../event-log.ts";
import { Forwarder, type ForwarderParts } from "./forwarder.ts";

/** What a lane tells of itself; `topic` names the lane. */
export type SpoolEvent = { readonly topic: string } & (
  | { readonly kind: "spooling" | "failed"; readonly error: unknown }
  | { readonly kind: "direct" }
  | { readonly kind: "spooled" | "forwarded"; readonly records: number }
  | { readonly kind: "setAside"; readonly error: unknown }
);

export interface LaneParts extends Omit<ForwarderParts, "onForwarded" | "onSetAside" | "onFailure" | "signal"> {
  readonly clock: Clock;
  readonly onEvent: (event: SpoolEvent) => void;
}

interface WaitingAppend {
  readonly records: readonly AppendRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  sentAtMs: number;
}

/** With this few records left, new ones wait for the way to be clear instead of going to the disk. */
const drainRecordsMax = 1000;
/** Records that may wait so. */
const heldRecordsMax = 10_000;

/**
 * The way of one topic's records, straight or over the disk:
 *
 *   direct    a send fails or is slow            → spooling   all unanswered sends go to the disk, in their order
 *   spooling  little is left, the target quick   → draining   new appends wait
 *   draining  nothing is left                    → direct     the waiting are sent, in their order
 *   draining  the target fails, or it lasts      → spooling   the waiting go to the disk, in their order
 *
 * So a record is sent only when every record taken before it was answered by the target. Without `draining`, steady
 * traffic would always have something on its way to the disk, and the way would never be clear.
 */
export class SpoolLane {
  /** Settles when the target has answered once, or failed to. */
  readonly started: Promise<void>;
  readonly #parts: LaneParts;
  readonly #forwarder: Forwarder;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  readonly #unanswered = new Set<WaitingAppend>();
  #state: "direct" | "spooling" | "draining" = "spooling";
  #spoolingSinceMs: number;
  #lastError: unknown;
  #held: WaitingAppend[] = [];
  #heldRecords = 0;
  #slowTimer: NodeJS.Timeout | undefined;
  #drainTimer: NodeJS.Timeout | undefined;
  #isStirred = false;
  #wake: (() => void) | undefined;
  #tellStarted!: () => void;

  constructor(parts: LaneParts) {
    const topic = parts.topic.name;
    this.#parts = parts;
    this.#spoolingSinceMs = parts.clock();
    this.#forwarder = new Forwarder({
      ...parts,
      signal: this.#closing.signal,
      onForwarded: (records) => parts.onEvent({ kind: "forwarded", topic, records }),
      onSetAside: (error) => parts.onEvent({ kind: "setAside", topic, error }),
      onFailure: (error) => {
        this.#lastError = error;
        parts.onEvent({ kind: "failed", topic, error });
      },
    });
    this.started = new Promise((resolve) => (this.#tellStarted = resolve));
    this.#ended = this.#run();
  }

  /** Since when appends do not go straight to the target; undefined while they do. */
  get spoolingSinceMs(): number | undefined {
    return this.#state === "direct" ? undefined : this.#spoolingSinceMs;
  }

  /** Why the target was last found wanting. */
  get lastError(): unknown {
    return this.#lastError;
  }

  append(records: readonly AppendRecord[]): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(new AppError("LOG_CLOSED", "The spool was closed."));
    return new Promise((resolve, reject) => this.#place({ records, resolve, reject, sentAtMs: 0 }));
  }

  /** Spools what is unanswered and ends; what is spooled stays for the next start. */
  async close(): Promise<void> {
    this.#spoolAgain();
    this.#spoolUnanswered();
    this.#closing.abort();
    this.#stir();
    await this.#ended;
  }

  #place(append: WaitingAppend): void {
    if (this.#state === "direct") this.#send(append);
    else if (this.#state === "spooling") this.#spool(append);
    else {
      this.#held.push(append);
      this.#heldRecords += append.records.length;
      if (this.#heldRecords > heldRecordsMax) this.#spoolAgain();
    }
  }

  #send(append: WaitingAppend): void {
    const { target, topic, limits } = this.#parts;
    append.sentAtMs = performance.now();
    this.#unanswered.add(append);
    this.#slowTimer ??= setTimeout(() => this.#lookForSlow(), limits.slowAfterMs);
    // An answer that comes after the records went to the disk changes nothing: they are a repeat then.
    target.append(topic.name, append.records).then(
      () => {
        if (this.#unanswered.delete(append)) append.resolve();
      },
      (error: unknown) => {
        if (!this.#unanswered.has(append)) return;
        if (errorCodeOf(error) !== "LOG_RECORD_TOO_LARGE") return this.#startSpooling(error);
        this.#unanswered.delete(append);
        append.reject(error);
      },
    );
  }

  #lookForSlow(): void {
    const { slowAfterMs } = this.#parts.limits;
    this.#slowTimer = undefined;
    for (const { sentAtMs } of this.#unanswered) {
      const leftMs = sentAtMs + slowAfterMs - performance.now();
      if (leftMs > 0) this.#slowTimer = setTimeout(() => this.#lookForSlow(), Math.ceil(leftMs));
      else {
        const message = `The log did not answer within ${slowAfterMs} ms.`;
        this.#startSpooling(new AppError("LOG_UNAVAILABLE", message, { retriable: true }));
      }
      return; // the first is the oldest
    }
  }

  #spool(append: WaitingAppend): void {
    const { spooled, topic, onEvent } = this.#parts;
    spooled
      .append(append.records)
      .then(() => {
        onEvent({ kind: "spooled", topic: topic.name, records: append.records.length });
        append.resolve();
      }, append.reject)
      .finally(() => this.#stir());
  }

  #startSpooling(error: unknown): void {
    const { topic, clock, onEvent } = this.#parts;
    this.#state = "spooling";
    this.#spoolingSinceMs = clock();
    this.#lastError = error;
    this.#forwarder.isQuick = false;
    onEvent({ kind: "spooling", topic: topic.name, error });
    this.#spoolUnanswered();
    this.#stir();
  }

  #spoolUnanswered(): void {
    clearTimeout(this.#slowTimer);
    this.#slowTimer = undefined;
    const unanswered = [...this.#unanswered];
    this.#unanswered.clear();
    for (const append of unanswered) this.#spool(append);
  }

  #drain(): void {
    this.#state = "draining";
    this.#drainTimer = setTimeout(() => {
      this.#forwarder.isQuick = false;
      this.#spoolAgain();
    }, this.#parts.limits.slowAfterMs);
  }

  #spoolAgain(): void {
    this.#state = "spooling";
    this.#release();
  }

  #becomeDirect(): void {
    this.#state = "direct";
    this.#parts.onEvent({ kind: "direct", topic: this.#parts.topic.name });
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#drainTimer);
    const held = this.#held;
    this.#held = [];
    this.#heldRecords = 0;
    for (const append of held) this.#place(append);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      this.#isStirred = false;
      const waitMs = await this.#doNext();
      if (waitMs !== 0 || this.#parts.spooled.left > 0) this.#tellStarted();
      if (waitMs === undefined) await this.#stirred();
      else if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
    }
    this.#tellStarted();
    while (this.#parts.spooled.isBeingWritten) {
      this.#isStirred = false;
      await this.#stirred();
    }
  }

  /** @returns how long to wait before the next thing, ms; undefined: until something happens */
  async #doNext(): Promise<number | undefined> {
    const { spooled } = this.#parts;
    const forwarder = this.#forwarder;
    if (forwarder.hasWork) {
      if (this.#state === "spooling" && forwarder.isQuick && spooled.left <= drainRecordsMax) this.#drain();
      const waitMs = await forwarder.step();
      if (waitMs > 0 && this.#state === "draining") this.#spoolAgain();
      return waitMs;
    }
    if (this.#state !== "direct") {
      if (spooled.isBeingWritten) return undefined;
      if (forwarder.isQuick) {
        this.#becomeDirect();
        return 0;
      }
      // There is nothing to try the target with (the disk took nothing, say). After a pause, the next append will do.
      forwarder.isQuick = true;
      return forwarder.pauseMs();
    }
    if (!spooled.hasForwardedUndeleted) return undefined;
    return spooled.deleteForwarded().then(
      () => 0,
      () => forwarder.pauseMs(),
    );
  }

  /** There may be something to do. */
  #stir(): void {
    this.#isStirred = true;
    this.#wake?.();
  }

  #stirred(): Promise<void> {
    if (this.#isStirred) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
