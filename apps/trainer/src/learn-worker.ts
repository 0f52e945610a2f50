import { parentPort, workerData } from "node:worker_threads";
import { type NeighborTask, workOnNeighbors } from "@footfall/similarity";

/** A thread that takes ranges of a task until none is left; the outcome is in the task's shared arrays. */
workOnNeighbors(workerData as NeighborTask, (taken) => parentPort?.postMessage(taken));
