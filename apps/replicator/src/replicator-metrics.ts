import type { ReplicatedCounts } from "@footfall/replicas";
import { Counter, durationBuckets, Gauge, Histogram, type Registry } from "@footfall/runtime";

export interface ReplicatorMetrics {
  stored(table: string, counts: ReplicatedCounts): void;
  commitSeconds(step: string, seconds: number): void;
  restarted(table: string): void;
}

export function createReplicatorMetrics(registry: Registry): ReplicatorMetrics {
  const registers = [registry];
  const changes = new Counter({
    name: "footfall_replicator_changes_total",
    help: "Changes read, by table and result: stored, repeat, dead_letter.",
    labelNames: ["table", "result"],
    registers,
  });
  const lag = new Gauge({
    name: "footfall_replicator_lag_records",
    help: "Records that waited in the log at the last commit, by table and partition.",
    labelNames: ["table", "partition"],
    registers,
  });
  const changedAt = new Gauge({
    name: "footfall_replicator_changed_at_seconds",
    help: "When the source made the last change that was stored, by table, seconds since the epoch.",
    labelNames: ["table"],
    registers,
  });
  const commits = new Histogram({
    name: "footfall_replicator_commit_seconds",
    help: "Time of a durable step.",
    labelNames: ["step"],
    buckets: durationBuckets,
    registers,
  });
  const restarts = new Counter({
    name: "footfall_replicator_restarts_total",
    help: "Times that following a table's topic ended and began anew.",
    labelNames: ["table"],
    registers,
  });
  return {
    stored(table, counts) {
      changes.inc({ table, result: "stored" }, counts.changes);
      changes.inc({ table, result: "repeat" }, counts.repeats);
      changes.inc({ table, result: "dead_letter" }, counts.deadLetters);
      for (const [partition, records] of counts.lags) lag.set({ table, partition }, records);
      if (counts.changedAtMs !== undefined) changedAt.set({ table }, counts.changedAtMs / 1_000);
    },
    commitSeconds: (step, seconds) => commits.observe({ step }, seconds),
    restarted: (table) => restarts.inc({ table }),
  };
}
