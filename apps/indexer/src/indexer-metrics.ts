import type { IngestedCounts } from "@footfall/ingest";
import type { StoreResult } from "@footfall/log-index";
import { Counter, durationBuckets, Histogram, type Registry } from "@footfall/runtime";

export interface IndexerMetrics {
  ingested(counts: IngestedCounts): void;
  indexed(result: StoreResult): void;
  commitSeconds(what: string, seconds: number): void;
  restarted(): void;
}

export function createIndexerMetrics(registry: Registry): IndexerMetrics {
  const registers = [registry];
  const records = new Counter({
    name: "footfall_indexer_records_total",
    help: "Records of topic logs by sink (table, index) and result: stored, repeat, expired, dead_letter.",
    labelNames: ["sink", "result"],
    registers,
  });
  const commits = new Histogram({
    name: "footfall_indexer_commit_seconds",
    help: "Time of a durable step.",
    labelNames: ["step"],
    buckets: durationBuckets,
    registers,
  });
  const restarts = new Counter({
    name: "footfall_indexer_restarts_total",
    help: "Times that following the log ended and began anew.",
    registers,
  });
  const count = (sink: string, result: string, number: number): void => records.inc({ sink, result }, number);
  return {
    ingested({ rows, repeats, deadLetters }) {
      count("table", "stored", rows);
      count("table", "repeat", repeats);
      count("table", "dead_letter", deadLetters);
    },
    indexed({ stored, repeated, expired }) {
      count("index", "stored", stored);
      count("index", "repeat", repeated);
      count("index", "expired", expired);
    },
    commitSeconds: (step, seconds) => commits.observe({ step }, seconds),
    restarted: () => restarts.inc(),
  };
}
