import { setTimeout as pause } from "node:timers/promises";

export interface RoundsOptions {
  /** From the end of one round to the start of the next. */
  readonly intervalMs: number;
  readonly run: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** Work that is done again and again; a round that fails is tried again by the next. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  /** Why the last round failed; undefined: it did not. */
  failure: unknown;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Ends after the round under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { intervalMs, run, onFailure } = this.#options;
    while (!signal.aborted) {
      try {
        await run();
        this.failure = undefined;
      } catch (error) {
        this.failure = error;
        onFailure(error);
      }
      await pause(intervalMs, undefined, { signal }).catch(() => {});
    }
  }
}
