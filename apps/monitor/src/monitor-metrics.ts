import type { IngestedCounts } from "@footfall/ingest";
import type { AlertTransition } from "@footfall/metrics/alerts";
import { Counter, durationBuckets, Gauge, Histogram, type Registry } from "@footfall/runtime";
import type { ClosedWindows } from "./windows/closing-windows.ts";

export interface MonitorMetrics {
  ingested(counts: IngestedCounts): void;
  closed(windows: ClosedWindows): void;
  changed(transitions: readonly AlertTransition[]): void;
  commitSeconds(what: string, seconds: number): void;
  restarted(): void;
}

export function createMonitorMetrics(registry: Registry): MonitorMetrics {
  const registers = [registry];
  const samples = new Counter({
    name: "footfall_monitor_samples_total",
    help: "Samples stored, scrapes that were sent again, and records that are no scrape, by result.",
    labelNames: ["result"],
    registers,
  });
  const windows = new Counter({
    name: "footfall_monitor_window_rows_total",
    help: "Rows of metric_windows written.",
    registers,
  });
  const late = new Counter({
    name: "footfall_monitor_late_windows_total",
    help: "Windows made again because samples came late.",
    registers,
  });
  const watermark = new Gauge({
    name: "footfall_monitor_watermark_seconds",
    help: "Windows that end at or before it have closed, seconds since the epoch.",
    registers,
  });
  const transitions = new Counter({
    name: "footfall_monitor_alert_transitions_total",
    help: "Changes of alerts, by the state they changed to: pending, firing, resolved or inactive.",
    labelNames: ["to"],
    registers,
  });
  const commits = new Histogram({
    name: "footfall_monitor_commit_seconds",
    help: "Time of a durable step.",
    labelNames: ["step"],
    buckets: durationBuckets,
    registers,
  });
  const restarts = new Counter({
    name: "footfall_monitor_restarts_total",
    help: "Times that following the log ended and began anew.",
    registers,
  });
  return {
    ingested({ rows, repeats, deadLetters }) {
      samples.inc({ result: "stored" }, rows);
      samples.inc({ result: "repeat" }, repeats);
      samples.inc({ result: "dead_letter" }, deadLetters);
    },
    closed({ rows, lateWindows, watermarkMs }) {
      windows.inc(rows);
      late.inc(lateWindows);
      if (Number.isFinite(watermarkMs)) watermark.set(watermarkMs / 1_000);
    },
    changed(changes) {
      for (const { to } of changes) transitions.inc({ to });
    },
    commitSeconds: (step, seconds) => commits.observe({ step }, seconds),
    restarted: () => restarts.inc(),
  };
}
