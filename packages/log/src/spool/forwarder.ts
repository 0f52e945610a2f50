import { backOffMs, errorCodeOf, type Random } from "@footfall/base";
import type { EventLog, TopicSpec } from "../event-log.ts";
import type { SpooledTopic } from "./spooled-topic.ts";
import { within } from "./within.ts";

/** As much of a log as stands behind a spool. */
export type SpoolTarget = Pick<EventLog, "append" | "createTopic">;

export interface ForwardLimits {
  /** A target that takes longer than this is slow. */
  readonly slowAfterMs: number;
  /** After this long without an answer the same records are sent again. */
  readonly forwardTimeoutMs: number;
  /** Bounds of the pause after a failure: a random share of the first, doubled with each failure up to the second. */
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
}

export interface ForwarderParts {
  readonly target: SpoolTarget;
  readonly topic: TopicSpec;
  readonly spooled: SpooledTopic;
  readonly limits: ForwardLimits;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onForwarded: (records: number) => void;
  readonly onSetAside: (error: unknown) => void;
  readonly onFailure: (error: unknown) => void;
}

/** What one append to the target holds at most. Well below what brokers take as one request. */
const forwardRecordsMax = 1000;
const forwardBytesMax = 512 * 1024;

/** Brings the spooled records of one topic to the target: the oldest first, and none before the last was answered. */
export class Forwarder {
  /** Whether the target took what was last sent in time. */
  isQuick = false;
  readonly #parts: ForwarderParts;
  #recordsMax = forwardRecordsMax;
  #failures = 0;
  #isTopicThere = false;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
  }

  get hasWork(): boolean {
    return !this.#isTopicThere || this.#parts.spooled.left > 0;
  }

  /** Sends the oldest records once. @returns how long to wait before the next step, ms: 0 unless it failed */
  async step(): Promise<number> {
    const { spooled, onFailure, signal } = this.#parts;
    try {
      const records = await spooled.peek(this.#recordsMax, forwardBytesMax);
      await this.#ensureTopic();
      if (records.length > 0) await this.#send(records.length, () => this.#parts.target.append(this.#name, records));
      this.#failures = 0;
    } catch (error) {
      this.isQuick = false;
      if (!signal.aborted) onFailure(error);
      return this.pauseMs();
    }
    // A full disk that does not even let go of records must not keep them from being forwarded.
    await spooled.deleteForwarded().catch(onFailure);
    return 0;
  }

  /** A pause with full jitter, longer after each failure in a row: 1 ms at least. */
  pauseMs(): number {
    const { backOffMinMs, backOffMaxMs } = this.#parts.limits;
    return 1 + backOffMs(this.#failures++, { minMs: backOffMinMs, maxMs: backOffMaxMs }, this.#parts.random);
  }

  get #name(): string {
    return this.#parts.topic.name;
  }

  async #ensureTopic(): Promise<void> {
    if (this.#isTopicThere) return;
    await this.#inTime(() => this.#parts.target.createTopic(this.#parts.topic));
    this.#isTopicThere = true;
  }

  async #send(count: number, append: () => Promise<unknown>): Promise<void> {
    const { spooled, onForwarded, onSetAside } = this.#parts;
    try {
      await this.#inTime(append);
    } catch (error) {
      const code = errorCodeOf(error);
      // Nobody's record is at fault: it waits until the topic is there again.
      if (code === "LOG_TOPIC_UNKNOWN") this.#isTopicThere = false;
      if (code !== "LOG_RECORD_TOO_LARGE") throw error;
      // The records are halved until the one is found.
      if (count > 1) {
        this.#recordsMax = Math.floor(count / 2);
        return;
      }
      await spooled.setAside();
      onSetAside(error);
      return;
    }
    this.#recordsMax = Math.min(forwardRecordsMax, this.#recordsMax * 2);
    spooled.drop(count);
    onForwarded(count);
  }

  async #inTime(call: () => Promise<unknown>): Promise<void> {
    const { limits, signal } = this.#parts;
    const startMs = performance.now();
    await within(call(), limits.forwardTimeoutMs, signal);
    this.isQuick = performance.now() - startMs < limits.slowAfterMs;
  }
}
