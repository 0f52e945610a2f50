import type { Ingest, IngestedCounts } from "@footfall/ingest";
import { Counter, durationBuckets, Gauge, Histogram, type Registry } from "@footfall/runtime";
import type { IntakeCounts } from "./events/event-intake.ts";

export interface AggregatorState {
  readonly watermarkLagMs: number;
  readonly openWindows: number;
  readonly openAggregates: number;
  readonly openSessions: number;
  readonly openSessionRows: number;
  readonly lateWaiting: number;
  readonly dedupIndexIds: number;
}

export interface AggregatorMetrics {
  /** Events of one commit; takes the counts over and sets them back to 0. */
  committed(events: number, late: number, counts: IntakeCounts): void;
  rows(table: string, rows: number): void;
  /** Counts what becomes of the records of a table made row by record. */
  rowsOf(table: string): (counts: IngestedCounts) => void;
  commitSeconds(what: string, seconds: number): void;
  /** From the collector to the commit, for the event that waited longest. */
  latency(durationMs: number): void;
  /** Of one prompt event, from when it occurred. */
  eventLatency(toLogMs: number, toLakeMs: number): void;
  /** Whom to ask what waits in topic clicks, when the metrics are read. */
  showLags(lags: Ingest["contact"]["lags"]): void;
  state(state: AggregatorState): void;
  restarted(): void;
}

export function createAggregatorMetrics(registry: Registry): AggregatorMetrics {
  const registers = [registry];
  const events = new Counter({
    name: "footfall_aggregator_events_total",
    help: "Records of topic clicks by result: committed (late: of these), duplicate, poison.",
    labelNames: ["result"],
    registers,
  });
  const commits = new Histogram({
    name: "footfall_aggregator_commit_seconds",
    help: "Time of a durable step: writing and committing a table.",
    labelNames: ["table"],
    buckets: durationBuckets,
    registers,
  });
  const latency = new Histogram({
    name: "footfall_aggregator_latency_seconds",
    help: "From received by the collector to committed in events; the slowest event of each commit.",
    buckets: durationBuckets,
    registers,
  });
  const eventLatency = new Histogram({
    name: "footfall_aggregator_event_latency_seconds",
    help: "From the event to the log, and to its commit in the lake; without events that arrived an hour late.",
    labelNames: ["stage"],
    buckets: durationBuckets,
    registers,
  });
  const [toLog, toLake] = [eventLatency.labels("log"), eventLatency.labels("lake")];
  const restarts = new Counter({
    name: "footfall_aggregator_restarts_total",
    help: "Times that the state was recomputed from the lake: taken over by another writer, or a failure.",
    registers,
  });
  const showState = createStateGauges(registry);

  return {
    committed(count, late, counts) {
      events.inc({ result: "committed" }, count);
      events.inc({ result: "late" }, late);
      events.inc({ result: "duplicate" }, counts.duplicates);
      events.inc({ result: "poison" }, counts.poison);
      counts.duplicates = 0;
      counts.poison = 0;
    },
    ...createRowCounters(registry),
    commitSeconds: (table, seconds) => commits.observe({ table }, seconds),
    latency: (durationMs) => latency.observe(Math.max(0, durationMs) / 1000),
    eventLatency: (toLogMs, toLakeMs) => {
      toLog.observe(toLogMs / 1000);
      toLake.observe(toLakeMs / 1000);
    },
    showLags: (lags) => showLags(registry, lags),
    restarted: () => restarts.inc(),
    state: showState,
  };
}

function showLags(registry: Registry, lags: Ingest["contact"]["lags"]): void {
  const gauge = new Gauge({
    name: "footfall_aggregator_lag_records",
    help: "Records of topic clicks that wait; absent while the log cannot be asked.",
    labelNames: ["partition"],
    registers: [],
    collect() {
      this.reset();
      for (const { partition, records } of lags()?.values() ?? []) this.set({ partition }, records);
    },
  });
  registry.registerMetric(gauge);
}

function createRowCounters(registry: Registry): Pick<AggregatorMetrics, "rows" | "rowsOf"> {
  const registers = [registry];
  const rows = new Counter({
    name: "footfall_aggregator_rows_total",
    help: "Rows written per table other than `events`, rewritten ones included.",
    labelNames: ["table"],
    registers,
  });
  const deadLetters = new Counter({
    name: "footfall_aggregator_dead_letters_total",
    help: "Records that no row could be made of, by table; kept in the topic's dead letters.",
    labelNames: ["table"],
    registers,
  });
  return {
    rows: (table, count) => rows.inc({ table }, count),
    rowsOf: (table) => (counts) => {
      rows.inc({ table }, counts.rows);
      deadLetters.inc({ table }, counts.deadLetters);
    },
  };
}

function createStateGauges(registry: Registry): (state: AggregatorState) => void {
  const gauge = (noun: string, help: string) =>
    new Gauge({ name: `footfall_aggregator_${noun}`, help, registers: [registry] });
  const watermarkLag = gauge("watermark_lag_seconds", "Wall clock less watermark.");
  const openWindows = gauge("open_windows", "Minutes that are open.");
  const openAggregates = gauge("open_window_rows", "Rows of item_windows that are open.");
  const openSessions = gauge("open_sessions", "Sessions that are open.");
  const openSessionRows = gauge("open_session_rows", "Rows of open sessions held in memory.");
  const lateWaiting = gauge("late_waiting_records", "Minutes and sessions waiting to be recomputed.");
  const dedupIds = gauge("dedup_index_ids", "Event ids held to recognise repeats.");
  return (state) => {
    if (Number.isFinite(state.watermarkLagMs)) watermarkLag.set(state.watermarkLagMs / 1000);
    openWindows.set(state.openWindows);
    openAggregates.set(state.openAggregates);
    openSessions.set(state.openSessions);
    openSessionRows.set(state.openSessionRows);
    lateWaiting.set(state.lateWaiting);
    dedupIds.set(state.dedupIndexIds);
  };
}
