import type { ErrorCode } from "@footfall/base";
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { Service } from "./service.ts";

export { Counter, Gauge, Histogram, Registry } from "prom-client";

/** A registry with the process's own metrics (memory, event loop, collections). One a process. */
export function createMetricsRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Bounds of histograms of work that takes milliseconds when all is well, and up to a minute when it is not; seconds. */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

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

/** Tells of each service that this process runs whether it can do its work: `footfall_service_ready`. */
export function measureServices(registry: Registry, services: readonly Service[]): void {
  const ready = new Gauge({
    name: "footfall_service_ready",
    help: "1 where the service has no problem, else 0; absent where nobody runs it.",
    labelNames: ["service"],
    registers: [],
    collect() {
      for (const service of services) this.set({ service: service.name }, service.health().length === 0 ? 1 : 0);
    },
  });
  registry.registerMetric(ready);
}
