import { type LedgerRow, measureTenants, type RecordAccount } from "@footfall/aggregator/ledger";
import type { Lake } from "@footfall/lake";

export interface RangeOptions {
  readonly startMs: number;
  readonly endMs: number;
  /** Events that arrived later are not judged yet. */
  readonly judgedUntilMs: number;
  /** Default: all. */
  readonly tenant: string | undefined;
  readonly modelsFolder: string;
}

export interface Percentiles {
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
}

export interface TenantReport {
  readonly tenant: string;
  readonly events: number;
  readonly history: number;
  readonly unnumbered: number;
  /** Numbers that arrived, and that never did. */
  readonly numbered: number;
  readonly missing: number;
  /** missing / (numbered + missing); null where there is no number. */
  readonly lossRatio: number | null;
  readonly sessions: number;
  readonly sessionsWithGaps: number;
  readonly implausible: number;
  readonly unsettled: number;
  readonly repeats: number;
  /** repeats / (repeats + live events); null where there is neither. */
  readonly repeatRatio: number | null;
  readonly delayed: number;
  readonly modelEvents: number;
  readonly modelWaiting: number;
  readonly latency: { readonly log: Percentiles; readonly lake: Percentiles; readonly model: Percentiles };
}

export interface LedgerReport {
  readonly fromMs: number;
  readonly toMs: number;
  readonly judgedUntilMs: number;
  readonly tenants: readonly TenantReport[];
  /** Records of the log that were dealt with in the range, of all shops. */
  readonly records: RecordAccount;
}

/** @throws AppError LAKE_TABLE_UNKNOWN, LAKE_QUERY_FAILED, LAKE_FILE_MISSING */
export async function measureRange(lake: Lake, options: RangeOptions): Promise<LedgerReport> {
  const { startMs, endMs, judgedUntilMs, tenant, modelsFolder } = options;
  const { rows, records } = await measureTenants(lake, { startMs, endMs, judgedUntilMs, modelsFolder });
  const wanted = rows.filter((row) => tenant === undefined || row.tenant === tenant);
  return { fromMs: startMs, toMs: endMs, judgedUntilMs, tenants: wanted.map(tenantReport), records };
}

function tenantReport(row: LedgerRow): TenantReport {
  const { events, history, numbered, missing, repeats } = row;
  return {
    tenant: row.tenant,
    events,
    history,
    unnumbered: row.unnumbered,
    numbered,
    missing,
    lossRatio: ratio(missing, numbered + missing),
    sessions: row.sessions,
    sessionsWithGaps: row.sessions_with_gaps,
    implausible: row.implausible,
    unsettled: row.unsettled,
    repeats,
    repeatRatio: ratio(repeats, repeats + events - history),
    delayed: row.delayed,
    modelEvents: row.model_events,
    modelWaiting: row.model_waiting,
    latency: {
      log: { p50Ms: row.log_p50_ms, p90Ms: row.log_p90_ms, p99Ms: row.log_p99_ms },
      lake: { p50Ms: row.lake_p50_ms, p90Ms: row.lake_p90_ms, p99Ms: row.lake_p99_ms },
      model: { p50Ms: row.model_p50_ms, p90Ms: row.model_p90_ms, p99Ms: row.model_p99_ms },
    },
  };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
