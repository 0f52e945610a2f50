import { setTimeout as pause } from "node:timers/promises";
import { backOffMs, errorCodeOf, InvariantError, isRetriable } from "@footfall/base";
import type { HealthProblem } from "@footfall/runtime";
import { IngestRun } from "./ingest-run.ts";
import type { IngestSpec } from "./ingest-spec.ts";
import { LogContact } from "./log-contact.ts";

export interface Ingest {
  /** When the log last answered, and what waits. */
  readonly contact: Pick<LogContact, "lags" | "status">;
  health(): readonly HealthProblem[];
  /** Commits what was taken in and leaves the group. */
  stop(): Promise<void>;
}

const retryBackOff = { minMs: 100, maxMs: 5_000 };

/**
 * Brings topics into a sink, each record counted once however often the process, the log or the lake fails: the sink
 * stores the offsets together with the data and refuses a writer that has been overtaken. Whatever ends a run, the next
 * one begins with the state that the sink holds.
 */
export function ingest(spec: IngestSpec): Ingest {
  const ingesting = new Ingesting(spec);
  ingesting.start();
  return ingesting;
}

/** What contradicts itself must not go on; the next process begins with what is durable. */
function endProcess(error: InvariantError): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Until the signal, or until the run fails. Nothing of it stays with the signal, which outlives every run. */
async function untilStopped(failed: Promise<never>, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      stop = resolve;
      if (signal.aborted) resolve();
      signal.addEventListener("abort", stop);
      failed.catch(reject);
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

class Ingesting implements Ingest {
  readonly #spec: IngestSpec;
  readonly contact: LogContact;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #problem: HealthProblem | undefined;
  /** The kind of failure that was logged last, until a commit works. */
  #reported: string | undefined;

  constructor(spec: IngestSpec) {
    this.#spec = spec;
    this.contact = new LogContact({ ...spec.contact, log: spec.log, topics: spec.topics, reader: spec.name });
    const message = `${spec.name}: nothing has been committed yet. Wait, or look into its log.`;
    this.#problem = { code: "LOG_CATCHING_UP", message };
  }

  start(): void {
    this.#running = this.#run();
  }

  health(): readonly HealthProblem[] {
    return [this.#problem, this.contact.problem()].filter((problem) => problem !== undefined);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.contact.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      const startMs = performance.now();
      let hasFailed = false;
      const run = new IngestRun({
        spec: this.#spec,
        contact: this.contact,
        onOpenFailed: (error) => this.#report(error, "what is stored cannot be read; trying again"),
        persist: (what, work) => this.#persist(what, work),
        // What a run that has failed still leaves behind does not mean that all is well.
        onCommitted: () => hasFailed || this.#noteCommit(),
      });
      try {
        await run.start();
        await untilStopped(run.failed, signal);
        await run.stop();
      } catch (error) {
        hasFailed = true;
        if (error instanceof InvariantError) endProcess(error);
        failures = performance.now() - startMs > retryBackOff.maxMs ? 1 : failures + 1;
        this.#report(error, "following the log ended; it begins anew from the lake");
        this.#spec.onRestart();
        await run.stop().catch(() => {});
        await this.#pause(failures);
      }
    }
  }

  /**
   * Tries until it works: a full disk or a lost broker must cost nothing but time. Nothing is acknowledged meanwhile.
   */
  async #persist<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      const startMs = performance.now();
      try {
        const result = await work();
        this.#spec.onPersisted?.(what, (performance.now() - startMs) / 1000);
        return result;
      } catch (error) {
        if (!isRetriable(error) || this.#stopping.signal.aborted) throw error;
        this.#report(error, `${what} cannot be stored; trying again`);
        await this.#pause(failures);
      }
    }
  }

  #noteCommit(): void {
    if (this.#reported !== undefined) this.#spec.logger.info(`${this.#spec.name}: commits again`);
    this.#reported = undefined;
    this.#problem = undefined;
  }

  /** Counts each failure, and logs those that differ from the last: a full disk fails the same way for hours. */
  #report(error: unknown, what: string): void {
    const { name, logger, onError } = this.#spec;
    const message = `${name}: ${what}`;
    onError(error);
    const kind = `${what} ${errorCodeOf(error)}`;
    const isNew = kind !== this.#reported;
    this.#reported = kind;
    this.#problem = {
      code: errorCodeOf(error),
      message: `${message}: ${error instanceof Error ? error.message : String(error)}`,
    };
    if (!isNew) return;
    // Whoever starts before the topic is made waits for it; there is nothing to look into.
    if (errorCodeOf(error) === "LOG_TOPIC_UNKNOWN") logger.info({ topics: this.#spec.topics }, "waiting for the topic");
    else logger.warn({ error }, message);
  }

  async #pause(failures: number): Promise<void> {
    const { signal } = this.#stopping;
    const ms = retryBackOff.minMs / 2 + backOffMs(failures, retryBackOff, this.#spec.random ?? Math.random);
    await pause(ms, undefined, { signal }).catch(() => {});
  }
}
