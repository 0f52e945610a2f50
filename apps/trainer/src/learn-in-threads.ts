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
  /** Threads that count. */
  readonly threadsMax: number;
  readonly signal?: AbortSignal | undefined;
  /** Ranges of items done, and how many there are. */
  readonly onRange?: ((done: number, total: number) => void) | undefined;
}

/** Below this many interactions starting threads costs more than they save. */
const threadedInteractionsMin = 100_000;

/** As `learnNeighbors`, split over threads by work; the result does not depend on their number. */
export async function learnInThreads(
  matrix: SessionMatrix,
  parameters: SimilarityParameters,
  options: LearnOptions,
): Promise<ItemNeighbors> {
  const { threadsMax, signal, onRange } = options;
  const task = planNeighbors(matrix, parameters);
  const total = task.rangeStarts.length - 1;
  const report = (taken: number) => onRange?.(Math.min(taken, total), total);
  signal?.throwIfAborted();
  if (threadsMax < 2 || matrix.sessionItems.length < threadedInteractionsMin) {
    workOnNeighbors(task, report);
  } else {
    await runThreads(task, threadsMax, report, signal);
  }
  return collectNeighbors(task);
}

async function runThreads(
  task: NeighborTask,
  count: number,
  report: (taken: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const workers = Array.from({ length: count }, () => startWorker(task));
  const stop = () => workers.forEach((worker) => void worker.terminate());
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await Promise.all(workers.map((worker) => finished(worker, report)));
    signal?.throwIfAborted();
  } catch (error) {
    stop();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/**
 * The worker lies beside this module: bundled as count-worker.js, or as TypeScript, whose loader a thread does not
 * inherit and must be given first.
 */
function startWorker(task: NeighborTask): Worker {
  const name = import.meta.url.endsWith(".ts") ? "./count-worker-from-source.mjs" : "./count-worker.js";
  return new Worker(new URL(name, import.meta.url), { workerData: task, execArgv: [] });
}

function finished(worker: Worker, report: (taken: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on("message", report);
    worker.once("error", reject);
    worker.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a counting thread ended with code ${code}`));
    });
  });
}
