import type { ErrorCode } from "@footfall/base";
import { collectDefaultMetrics, Counter, Registry } from "prom-client";

export { Counter, Gauge, Histogram, Registry } from "prom-client";

/** A registry with the process's own metrics (memory, event loop, collections). One a process. */
export function createMetricsRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * Counts errors by app and code: `footfall_errors_total`. Every app calls it where it turns an error into an answer,
 * a retry or a stop, so that each code has a counter.
 */
export function errorCounter(registry: Registry): (app: string, code: ErrorCode) => void {
  const name = "footfall_errors_total";
  const existing = registry.getSingleMetric(name) as Counter<"app" | "code"> | undefined;
  const counter =
    existing ??
    new Counter({ name, help: "Errors by app and code.", labelNames: ["app", "code"], registers: [registry] });
  return (app, code) => counter.inc({ app, code });
}
