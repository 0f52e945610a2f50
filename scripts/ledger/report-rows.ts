import type { RecordAccount } from "@footfall/aggregator/ledger";
import type { TableRow } from "../format-table.ts";
import type { LedgerReport, TenantReport } from "./measure-range.ts";

export function lossRows(report: TenantReport): TableRow {
  const { tenant, events, history, unnumbered, numbered, missing, sessions, sessionsWithGaps, repeats } = report;
  return {
    tenant,
    events,
    history,
    unnumbered,
    numbered,
    missing,
    loss: percent(report.lossRatio),
    sessions,
    "with gaps": sessionsWithGaps,
    repeats,
    "repeat rate": percent(report.repeatRatio),
    unsettled: report.unsettled,
  };
}

export function latencyRows({ tenant, latency, delayed, modelEvents, modelWaiting }: TenantReport): TableRow[] {
  const remarks = {
    log: delayed === 0 ? "" : `${delayed} more arrived over an hour late`,
    lake: "",
    model: `${modelEvents} interactions; ${modelWaiting} in no model yet`,
  };
  return (["log", "lake", "model"] as const).map((stage) => ({
    tenant,
    "from event to": stage,
    p50: duration(latency[stage].p50Ms),
    p90: duration(latency[stage].p90Ms),
    p99: duration(latency[stage].p99Ms),
    "": remarks[stage],
  }));
}

export function recordRows({ records, stored, repeats, unreadable, unaccounted }: RecordAccount): TableRow {
  return { "records read": records, stored, repeats, unreadable, unaccounted };
}

/** What the figures do not say. */
export function notes({ tenants, records }: LedgerReport): string[] {
  const sum = (of: (report: TenantReport) => number) => tenants.reduce((total, report) => total + of(report), 0);
  const lines = [
    "Loss is a lower bound: a number counts as missing when a later one of its session arrived; a lost end is unseen.",
  ];
  const [unsettled, history, implausible] = [
    sum((report) => report.unsettled),
    sum((report) => report.history),
    sum((report) => report.implausible),
  ];
  if (unsettled > 0) lines.push(`${unsettled} events arrived too short ago to be judged (--settle-minutes).`);
  if (history > 0) lines.push(`${history} events are imported or replayed history: in no ratio and no latency.`);
  if (implausible > 0) lines.push(`${implausible} jumps in seq are too wide to be loss and were left out.`);
  if (records.unaccounted !== 0) {
    lines.push(
      `${records.unaccounted} records of the log were deleted before the aggregator read them: they are lost.`,
    );
  }
  return lines;
}

function percent(ratio: number | null): string {
  return ratio === null ? "–" : `${(100 * ratio).toFixed(3)} %`;
}

function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
