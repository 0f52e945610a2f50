import type { Registry } from "@footfall/runtime";

/** Reads numbers out of a registry by metric names: the console knows the other services by their metrics only. */
export interface MetricReader {
  /** Sum over all label sets that hold these labels; undefined when nobody registered the metric. */
  sum(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

export function createMetricReader(registry: Registry): MetricReader {
  return {
    async sum(name, labels = {}) {
      const metric = registry.getSingleMetric(name);
      if (!metric) return undefined;
      const { values } = await metric.get();
      const wanted = Object.entries(labels);
      return values
        .filter((entry) => wanted.every(([label, value]) => String(entry.labels[label]) === value))
        .reduce((total, entry) => total + entry.value, 0);
    },
  };
}
