import { spawnSync } from "node:child_process";
import { isRequired } from "@footfall/testkit";

/**
 * Whether Prometheus, its promtool and Alertmanager can be run here. Where they cannot, that is said loudly, and is a
 * failure where `FOOTFALL_REQUIRE` asks for `prometheus`.
 */
export function canRunPrometheus(): boolean {
  const tools = ["prometheus", "promtool", "prometheus-alertmanager"];
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).status !== 0);
  if (missing.length === 0) return true;
  const message = `No Prometheus here: ${missing.join(" and ")} cannot be run.`;
  if (isRequired("prometheus", process.env)) throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}
