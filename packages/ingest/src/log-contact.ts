import { type Clock, errorCodeOf } from "@footfall/base";
import { type EventLog, type LogBatch, partitionKey, type PartitionOffset, type TopicPartition } from "@footfall/log";
import type { AppName, HealthProblem, Registry } from "@footfall/runtime";
import { type ContactStatus, showContact } from "./contact-gauges.ts";

/** Whose contact with the log is watched, and where that is shown. */
export interface ContactOptions {
  readonly app: AppName;
  readonly clock: Clock;
  readonly registry: Registry;
  /** A log that has not answered for longer is told of. Default 15,000. */
  readonly silentAfterMs?: number | undefined;
}

export interface ContactParts extends ContactOptions {
  readonly log: Pick<EventLog, "offsets">;
  readonly topics: readonly string[];
  /** What reads, for labels and messages. */
  readonly reader: string;
}

const silentAfterDefaultMs = 15_000;
/** The log is asked so many times before it counts as silent. */
const asksPerSilence = 3;
const askIntervalMaxMs = 5_000;
/** A group may take a minute to be shared out, and a large commit some seconds: so long nothing read means nothing. */
const stalledSilences = 4;

/**
 * What a reader knows of its log: when that last answered, when something was last read and committed, and how much
 * waits. The log is asked for its ends regularly, also where it has nothing to give: a client that tries for ever to
 * reach brokers that are gone looks like one that has read everything.
 */
export class LogContact {
  readonly #parts: ContactParts;
  readonly #silentAfterMs: number;
  readonly #startedAtMs: number;
  readonly #ends = new Map<string, bigint>();
  readonly #next = new Map<string, TopicPartition & { offset: bigint }>();
  readonly #hide: () => void;
  /** Whether it is known what is held. */
  #isAssigned = false;
  #endsAtMs: number | undefined;
  #contactAtMs: number | undefined;
  #readAtMs: number | undefined;
  #commitAtMs: number | undefined;
  /** Since when records are known to wait of which none was read. */
  #waitingSinceMs: number | undefined;
  #failure: unknown;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: ContactParts) {
    this.#parts = parts;
    this.#silentAfterMs = parts.silentAfterMs ?? silentAfterDefaultMs;
    this.#startedAtMs = parts.clock();
    this.#hide = showContact(parts, () => this.status());
    void this.#ask();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#hide();
  }

  /** These are held from now on, and go on from there. */
  assigned(starts: readonly PartitionOffset[]): void {
    this.#next.clear();
    for (const { topic, partition, offset } of starts) {
      this.#next.set(partitionKey({ topic, partition }), { topic, partition, offset });
    }
    this.#isAssigned = true;
  }

  /** Nothing is held, or nobody can say what. */
  lost(): void {
    this.#next.clear();
    this.#isAssigned = false;
  }

  read({ topic, partition, nextOffset, logEndOffset }: LogBatch): void {
    const key = partitionKey({ topic, partition });
    this.#next.set(key, { topic, partition, offset: nextOffset });
    this.#ends.set(key, logEndOffset);
    this.#readAtMs = this.#parts.clock();
    this.#contactAtMs = this.#readAtMs;
    this.#waitingSinceMs = undefined;
  }

  committed(): void {
    this.#commitAtMs = this.#parts.clock();
  }

  status(): ContactStatus {
    const lags = this.lags();
    return {
      contactAtMs: this.#contactAtMs,
      readAtMs: this.#readAtMs,
      commitAtMs: this.#commitAtMs,
      lag: lags && [...lags.values()].reduce((sum, { records }) => sum + records, 0),
    };
  }

  /** Records that wait, by `partitionKey`; undefined while the log cannot be asked, or it is not known what is held. */
  lags(): ReadonlyMap<string, TopicPartition & { readonly records: number }> | undefined {
    if (!this.#isAssigned || this.#endsAtMs === undefined || this.#failure !== undefined) return undefined;
    if (this.#parts.clock() - this.#endsAtMs > this.#silentAfterMs) return undefined;
    const lags = new Map<string, TopicPartition & { readonly records: number }>();
    for (const [key, { topic, partition, offset }] of this.#next) {
      const end = this.#ends.get(key);
      // The log did not name it when it was last asked.
      if (end === undefined) return undefined;
      lags.set(key, { topic, partition, records: end > offset ? Number(end - offset) : 0 });
    }
    return lags;
  }

  /** Why nothing may arrive although nothing has failed; undefined where all is well. */
  problem(): HealthProblem | undefined {
    const { clock, reader } = this.#parts;
    const nowMs = clock();
    const silentMs = nowMs - (this.#contactAtMs ?? this.#startedAtMs);
    if (silentMs > this.#silentAfterMs) {
      const reason = this.#failure instanceof Error ? ` ${this.#failure.message}` : "";
      const message =
        `${reader}: the log has not answered for ${Math.round(silentMs / 1000)} s; what waits is not known. It is ` +
        `asked again: look whether the brokers run.${reason}`;
      return { code: "LOG_UNAVAILABLE", message };
    }
    if (this.#waitingSinceMs === undefined) return undefined;
    const waitedMs = nowMs - this.#waitingSinceMs;
    if (waitedMs <= stalledSilences * this.#silentAfterMs) return undefined;
    const message = `${reader}: records wait, and none was read for ${Math.round(waitedMs / 1000)} s. Look into its log.`;
    return { code: "LOG_CATCHING_UP", message };
  }

  async #ask(): Promise<void> {
    const { log, topics, clock } = this.#parts;
    try {
      for (const topic of topics) {
        const ends = await log.offsets(topic);
        ends.forEach(({ endOffset }, partition) => this.#ends.set(partitionKey({ topic, partition }), endOffset));
      }
      this.#endsAtMs = clock();
      this.#contactAtMs = this.#endsAtMs;
      this.#failure = undefined;
      this.#noteWaiting();
    } catch (error) {
      this.#failure = error;
      // A log that says that there is no such topic has answered.
      if (errorCodeOf(error) === "LOG_TOPIC_UNKNOWN") this.#contactAtMs = clock();
    }
    if (this.#isStopped) return;
    const intervalMs = Math.min(askIntervalMaxMs, this.#silentAfterMs / asksPerSilence);
    this.#timer = setTimeout(() => void this.#ask(), intervalMs);
    this.#timer.unref();
  }

  #noteWaiting(): void {
    const { lag } = this.status();
    if (lag === undefined || lag === 0) this.#waitingSinceMs = undefined;
    else this.#waitingSinceMs ??= this.#parts.clock();
  }
}
