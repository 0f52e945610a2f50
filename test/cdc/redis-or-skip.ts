import { spawnSync } from "node:child_process";
import { isRequired } from "@footfall/testkit";

/** Whether a Redis can be had here. Where it cannot, that is said loudly, and is a failure where it is required. */
export function canRunRedis(): boolean {
  if (spawnSync("redis-server", ["--version"]).status === 0) return true;
  const message = "No Redis here: redis-server cannot be run.";
  if (isRequired("redis", process.env)) throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}
