import { type BackOff, backOffMs, isRetriable, type Random } from "@footfall/base";
import { schemasTopic, transactionsTopic } from "@footfall/changes";
import type { AppendRecord, EventLog } from "@footfall/log";

export interface TopicWriterOptions {
  readonly log: EventLog;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onAppended: (topic: string, records: number) => void;
  /** An append that is tried again. */
  readonly onRetry: (error: unknown) => void;
}

const backOff: BackOff = { minMs: 100, maxMs: 10_000 };

/** Collects records by topic, in order, and appends them together. */
export class TopicWriter {
  readonly #options: TopicWriterOptions;
  #records = new Map<string, AppendRecord[]>();
  #bytes = 0;

  constructor(options: TopicWriterOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#records.size === 0;
  }

  /** What waits, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  add(topic: string, records: readonly AppendRecord[]): void {
    const waiting = this.#records.get(topic);
    if (waiting === undefined) this.#records.set(topic, [...records]);
    else waiting.push(...records);
    for (const { key, value } of records) this.#bytes += (key?.length ?? 0) + (value?.length ?? 0);
  }

  /**
   * Resolves when all that was added is durable. Schemas go before the rows that have them, marks of transactions after
   * their changes: who reads an end finds all that it counts.
   * @throws what the log says, unless a later try may succeed
   */
  async flush(): Promise<void> {
    const waiting = this.#records;
    this.#records = new Map();
    this.#bytes = 0;
    const first = waiting.get(schemasTopic);
    const last = waiting.get(transactionsTopic);
    if (first) await this.#append(schemasTopic, first);
    await Promise.all(
      [...waiting]
        .filter(([topic]) => topic !== schemasTopic && topic !== transactionsTopic)
        .map(([topic, records]) => this.#append(topic, records)),
    );
    if (last) await this.#append(transactionsTopic, last);
  }

  async #append(topic: string, records: readonly AppendRecord[]): Promise<void> {
    const { log, random, signal, onAppended, onRetry } = this.#options;
    for (let failures = 0; ; failures++) {
      try {
        await log.append(topic, records);
        onAppended(topic, records.length);
        return;
      } catch (error) {
        if (!isRetriable(error) || signal.aborted) throw error;
        onRetry(error);
        await pause(backOffMs(failures, backOff, random), signal);
      }
    }
  }
}

/** Resolves after the time, or at once when the signal comes. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
