import type { HistogramBucket } from "../log-index.ts";
import { searchDays } from "./entry-scan.ts";
import type { OpenSearchClient } from "./opensearch-client.ts";
import type { Dsl } from "./query-dsl.ts";

interface Groups {
  readonly groups: {
    readonly after_key?: object;
    readonly buckets: readonly {
      readonly key: { readonly startMs: number; readonly severity: number };
      readonly doc_count: number;
    }[];
  };
}

const groupsPageSize = 5_000;

/** Counts of entries by bucket of time and by severity. */
export class HistogramCounts {
  readonly #bucketMs: number;
  readonly #counts = new Map<number, Map<number, number>>();

  constructor(bucketMs: number) {
    this.#bucketMs = bucketMs;
  }

  add(occurredAtMs: number, severity: number, count = 1): void {
    const startMs = occurredAtMs - (occurredAtMs % this.#bucketMs);
    let counts = this.#counts.get(startMs);
    if (counts === undefined) this.#counts.set(startMs, (counts = new Map()));
    counts.set(severity, (counts.get(severity) ?? 0) + count);
  }

  /** Adds all entries of a query; the server counts them, in pages, since it bounds the groups of one answer. */
  async addAll(client: OpenSearchClient, indices: string, query: Dsl): Promise<void> {
    const sources = [
      { startMs: { date_histogram: { field: "@timestamp", fixed_interval: `${this.#bucketMs}ms` } } },
      { severity: { terms: { field: "event.severity" } } },
    ];
    let after: object | undefined;
    do {
      const composite = { size: groupsPageSize, sources, ...(after && { after }) };
      const search = { query, size: 0, track_total_hits: false, aggs: { groups: { composite } } };
      const { aggregations } = await searchDays<Groups | undefined>(client, indices, search);
      for (const { key, doc_count } of aggregations?.groups.buckets ?? []) {
        this.add(key.startMs, key.severity, doc_count);
      }
      after = aggregations?.groups.after_key;
    } while (after !== undefined);
  }

  buckets(): readonly HistogramBucket[] {
    return [...this.#counts]
      .map(([startMs, countsBySeverity]) => ({ startMs, countsBySeverity }))
      .sort((a, b) => a.startMs - b.startMs);
  }
}
