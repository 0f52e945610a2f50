import { parentPort } from "node:worker_threads";
import { type NeighborTask, workOnNeighbors } from "@footfall/similarity";
import { taskDone } from "./learn-threads.ts";

// A thread that takes ranges of each task until none is left; the outcome is in the task's shared arrays.
parentPort?.on("message", (task: NeighborTask) => {
  for (const taken of workOnNeighbors(task)) parentPort?.postMessage(taken);
  parentPort?.postMessage(taskDone);
});
