import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import {
  collectNeighbors,
  type ItemNeighbors,
  type NeighborTask,
  planNeighbors,
  type SessionMatrix,
  type SimilarityParameters,
  workOnNeighbors,
} from "@footfall/similarity";

export interface LearnOptions {
  readonly signal?: AbortSignal | undefined;
  /** Ranges of items done, and how many there are. */
  readonly onRange?: ((done: number, total: number) => void) | undefined;
}

/** What a thread says when no range is left. Before that it sends the ranges taken so far. */
export const taskDone = "done";

/**
 * Threads that learn neighbours together, the caller's own among them, one task after the other. They load while
 * sessions are still being read.
 */
export class LearnThreads {
  readonly #workers: readonly Worker[];
  /** Rejects when a thread ends before it is told to. */
  readonly #failure: Promise<never>;

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    this.#failure = Promise.race(workers.map((worker) => failureOf(worker)));
    // Reported by the task that it hits.
    this.#failure.catch(() => {});
  }

  /** @param count  threads that work, with the caller's */
  static start(count: number): LearnThreads {
    return new LearnThreads(Array.from({ length: count - 1 }, startWorker));
  }

  /**
   * As `learnNeighbors`, split by work; the result does not depend on the number of threads.
   * @throws the signal's reason when aborted; the threads are of no use from then on
   */
  async learn(
    matrix: SessionMatrix,
    parameters: SimilarityParameters,
    { signal, onRange }: LearnOptions = {},
  ): Promise<ItemNeighbors> {
    const task = planNeighbors(matrix, parameters);
    const total = task.rangeStarts.length - 1;
    const report = (taken: number) => onRange?.(Math.min(taken, total), total);
    const others = this.#workers.map((worker) => runTask(worker, task, report));
    for (const taken of workOnNeighbors(task)) {
      report(taken);
      await setImmediate();
      signal?.throwIfAborted();
    }
    await Promise.race([Promise.all(others), this.#failure]);
    return collectNeighbors(task);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** A thread inherits no TypeScript loader, so it runs its bundle. */
function startWorker(): Worker {
  const run = new URL("../../../scripts/run.mjs", import.meta.url);
  return new Worker(run, { argv: ["apps/trainer/src/learn-worker.ts"], execArgv: [] });
}

async function failureOf(worker: Worker): Promise<never> {
  const [code] = (await once(worker, "exit")) as [number];
  throw new Error(`a learning thread ended with code ${code}`);
}

async function runTask(worker: Worker, task: NeighborTask, report: (taken: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const onMessage = (message: number | typeof taskDone) => {
      if (message !== taskDone) return report(message);
      worker.off("message", onMessage);
      resolve();
    };
    worker.on("message", onMessage);
    worker.postMessage(task);
  });
}
