import type { Lake } from "@footfall/lake";
import { Gauge, type Registry } from "@footfall/runtime";

const dayMs = 86_400_000;

interface DayFigures {
  readonly tenant: string;
  readonly expected: number;
  readonly missing: number;
  readonly records: number;
  readonly repeats: number;
}

type NewestHour = Readonly<Record<string, number | null>> & { readonly tenant: string };

/** Gauges over table `ledger`. They are recomputed from it, so a restart moves none. */
export function createLedgerMetrics(registry: Registry): { show(lake: Lake): Promise<void> } {
  const gauge = (noun: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `footfall_aggregator_${noun}`, help, labelNames, registers: [registry] });
  const loss = gauge("measured_loss_ratio", "Numbers of `seq` that never arrived, of the last 24 ended hours.", [
    "tenant",
  ]);
  const repeats = gauge("measured_repeat_ratio", "Records dropped as repeats, of the last 24 ended hours.", ["tenant"]);
  const latency = gauge(
    "measured_latency_seconds",
    "From the event to log, lake and model, of the newest ended hour.",
    ["tenant", "stage", "quantile"],
  );
  return {
    async show(lake) {
      const days = await lake.query<DayFigures>(`
SELECT tenant, sum(numbered + missing)::DOUBLE AS expected, sum(missing)::DOUBLE AS missing,
  sum(events - history + repeats)::DOUBLE AS records, sum(repeats)::DOUBLE AS repeats
FROM ledger WHERE epoch_ms(hour_start) > (SELECT max(epoch_ms(hour_start)) FROM ledger) - ${dayMs} GROUP BY tenant`);
      for (const { tenant, ...day } of days) {
        loss.set({ tenant }, day.expected === 0 ? 0 : day.missing / day.expected);
        repeats.set({ tenant }, day.records === 0 ? 0 : day.repeats / day.records);
      }
      latency.reset();
      const stages = ["log", "lake", "model"] as const;
      for (const stage of stages) {
        // The newest hour that has the figure: models come long after the events they learn from.
        const hours = await lake.query<NewestHour>(`
SELECT DISTINCT ON (tenant) tenant, ${stage}_p50_ms AS "0.5", ${stage}_p90_ms AS "0.9", ${stage}_p99_ms AS "0.99"
FROM ledger WHERE ${stage}_p50_ms IS NOT NULL ORDER BY tenant, hour_start DESC`);
        for (const { tenant, ...quantiles } of hours) {
          for (const [quantile, ms] of Object.entries(quantiles)) {
            latency.set({ tenant, stage, quantile }, Number(ms) / 1000);
          }
        }
      }
    },
  };
}
