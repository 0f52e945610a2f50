import { spawnSync } from "node:child_process";
import { isRequired } from "@footfall/testkit";

/** Whether a broker can be had here. Where it cannot, that is said loudly, and is a failure where it is required. */
export function canRunKafka(): boolean {
  const missing = ["java", "mvn"].filter((tool) => spawnSync(tool, ["-version"]).status !== 0);
  if (missing.length === 0) return true;
  const message = `No Kafka here: ${missing.join(" and ")} cannot be run.`;
  if (isRequired("kafka", process.env)) throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}
