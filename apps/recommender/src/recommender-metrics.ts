import type { ModelVersion, TenantId } from "@footfall/base";
import type { Follower } from "@footfall/ingest";
import type { EventEnvelope } from "@footfall/events";
import { Counter, Gauge, Histogram, type Registry } from "@footfall/runtime";
import { type RecommendationResponse, recommendationSources } from "@footfall/similarity/serving";

type Lags = Follower["contact"]["lags"];

export interface RecommenderMetrics {
  /** An answer that was given, and how long it took from the request's arrival. */
  countAnswer(response: RecommendationResponse, seconds: number): void;
  setModel(tenant: TenantId, version: ModelVersion, trainedUntilMs: number): void;
  countModelFailure(tenant: TenantId): void;
  countModelSwap(tenant: TenantId): void;
  countUnreadableRecords(records: number): void;
  /** A visitor's event that has just come. */
  countEvent(event: Pick<EventEnvelope, "name" | "recommendation">): void;
  /** A change of a shop's catalogue that could not be read. */
  countUnreadableChanges(tenant: string): void;
  setCatalogue(tenant: string, items: number): void;
  /** Whom to ask what waits, when the metrics are read. */
  showLags(clicks: Lags, catalogues: () => readonly { readonly tenant: string; readonly lags: Lags }[]): void;
}

export interface MetricSources {
  readonly nowMs: () => number;
  /** Visitors held, by tenant; asked when the metrics are read. */
  readonly visitorsHeld: () => Iterable<readonly [tenant: TenantId, visitors: number]>;
  /** Sessions since the model was trained that take part in answers, by tenant. */
  readonly liveSessions: () => Iterable<readonly [tenant: TenantId, sessions: number]>;
}

/** Placements that get a label of their own; a page may send any text, and each label costs memory. */
export const placementLabelsMax = 50;
const secondsBuckets = [0.00002, 0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25];

export function recommenderMetrics(registry: Registry, sources: MetricSources): RecommenderMetrics {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> =>
    new Counter({ name: `footfall_recommender_${name}`, help, labelNames, registers });
  const requests = counter("requests_total", "Answers, by placement and the source of the first item.", [
    "placement",
    "source",
  ]);
  const items = counter("items_total", "Items recommended, by source.", ["source"]);
  const empty = counter("empty_answers_total", "Answers without an item.");
  const unreadable = counter("unreadable_records_total", "Log records that are not an event envelope; skipped.");
  const swaps = counter("model_swaps_total", "Models that were put to use.", ["tenant"]);
  const failures = counter("model_failures_total", "Models that could not be loaded.", ["tenant"]);
  const filtered = counter("filtered_items_total", "Items that sources offered and filters turned away.");
  const fallbacks = counter("fallback_answers_total", "Answers with a filter that the catalogue itself filled.");
  const unreadableChanges = counter("unreadable_changes_total", "Changes of a catalogue that could not be read.", [
    "tenant",
  ]);
  const events = counter("events_total", "Visitors' events by name, without bots; each recommender reads them all.", [
    "name",
  ]);
  const outcomes = counter(
    "outcomes_total",
    "What visitors did with recommended items, by placement: shown, clicked, added, bought; each recommender reads all.",
    ["placement", "outcome"],
  );
  const seconds = new Histogram({
    name: "footfall_recommender_request_seconds",
    help: "From a request's arrival to its answer handed to the socket.",
    buckets: secondsBuckets,
    registers,
  });
  const gauges = modelAndStateGauges(registry, sources);
  const countRequest = requestCounters(requests);
  const countItems = itemCounter(items);
  const countOutcome = outcomeCounter(outcomes);
  return {
    countAnswer: (response, tookSeconds) => {
      countRequest(response.placement, response.items[0]?.source ?? "none");
      if (response.items.length === 0) empty.inc();
      countItems(response.items);
      if (response.filtered !== undefined) filtered.inc(response.filtered);
      if (response.fallback === true) fallbacks.inc();
      seconds.observe(tookSeconds);
    },
    countModelFailure: (tenant) => failures.inc({ tenant }),
    countModelSwap: (tenant) => swaps.inc({ tenant }),
    countUnreadableRecords: (records) => unreadable.inc(records),
    countEvent: (event) => {
      events.inc({ name: event.name });
      countOutcome(event);
    },
    countUnreadableChanges: (tenant) => unreadableChanges.inc({ tenant }),
    showLags: (clicks, catalogues) => showLags(registry, clicks, catalogues),
    ...catalogueGauges(registry),
    ...gauges,
  };
}

/** An answer's items come in runs of one source; a run is counted at once. */
function itemCounter(items: Counter<"source">): (answered: RecommendationResponse["items"]) => void {
  const children = new Map(recommendationSources.map((source) => [source, items.labels(source)]));
  return (answered) => {
    for (let start = 0; start < answered.length;) {
      const { source } = answered[start]!;
      let end = start + 1;
      while (end < answered.length && answered[end]!.source === source) end += 1;
      children.get(source)!.inc(end - start);
      start = end;
    }
  };
}

/** Looking up a counter by its labels costs more than counting: children are kept, for a bounded set of placements. */
function requestCounters(requests: Counter<"placement" | "source">): (placement: string, source: string) => void {
  const children = new Map<string, Map<string, Counter.Internal>>();
  return (placement, source) => {
    const label = children.has(placement) || children.size < placementLabelsMax ? placement : "other";
    let bySource = children.get(label);
    if (!bySource) children.set(label, (bySource = new Map()));
    let child = bySource.get(source);
    if (!child) bySource.set(source, (child = requests.labels(label, source)));
    child.inc();
  };
}

/** What an event says about the recommendation that it names. */
const outcomeByName: Readonly<Partial<Record<EventEnvelope["name"], string>>> = {
  view_item_list: "shown",
  select_item: "clicked",
  add_to_cart: "added",
  purchase: "bought",
};

function outcomeCounter(
  outcomes: Counter<"placement" | "outcome">,
): (event: Pick<EventEnvelope, "name" | "recommendation">) => void {
  const known = new Set<string>();
  return ({ name, recommendation }) => {
    const outcome = outcomeByName[name];
    if (outcome === undefined || recommendation === undefined) return;
    const { placement } = recommendation;
    if (known.size < placementLabelsMax) known.add(placement);
    outcomes.inc({ placement: known.has(placement) ? placement : "other", outcome });
  };
}

function catalogueGauges(registry: Registry): Pick<RecommenderMetrics, "setCatalogue"> {
  const registers = [registry];
  const items = new Gauge({
    name: "footfall_recommender_catalogue_items",
    help: "Items of the catalogue that filters know.",
    labelNames: ["tenant"],
    registers,
  });
  return { setCatalogue: (tenant, count) => items.set({ tenant }, count) };
}

/** Absent while the log cannot be asked: nobody knows then, and it must not look like nothing. */
function showLags(registry: Registry, ...[clicks, catalogues]: Parameters<RecommenderMetrics["showLags"]>): void {
  const clicksLag = new Gauge({
    name: "footfall_recommender_log_lag_records",
    help: "Records of topic clicks that are not read yet, by partition; absent while the log cannot be asked.",
    labelNames: ["partition"],
    registers: [],
    collect() {
      this.reset();
      for (const { partition, records } of clicks()?.values() ?? []) this.set({ partition }, records);
    },
  });
  const catalogueLag = new Gauge({
    name: "footfall_recommender_catalogue_lag_records",
    help: "Changes of the catalogue that are not read yet, by partition; absent while the log cannot be asked.",
    labelNames: ["tenant", "partition"],
    registers: [],
    collect() {
      this.reset();
      for (const { tenant, lags } of catalogues()) {
        for (const { partition, records } of lags()?.values() ?? []) this.set({ tenant, partition }, records);
      }
    },
  });
  for (const gauge of [clicksLag, catalogueLag]) registry.registerMetric(gauge);
}

function modelAndStateGauges(
  registry: Registry,
  { nowMs, visitorsHeld, liveSessions }: MetricSources,
): Pick<RecommenderMetrics, "setModel"> {
  const registers = [registry];
  const trainedUntil = new Map<TenantId, number>();
  const info = new Gauge({
    name: "footfall_recommender_model_info",
    help: "1 for the model that is served.",
    labelNames: ["tenant", "version"],
    registers,
  });
  const age = new Gauge({
    name: "footfall_recommender_model_age_seconds",
    help: "Time since the newest event that the served model has learnt from.",
    labelNames: ["tenant"],
    registers: [],
    collect() {
      for (const [tenant, untilMs] of trainedUntil) this.set({ tenant }, (nowMs() - untilMs) / 1000);
    },
  });
  const visitorsGauge = new Gauge({
    name: "footfall_recommender_visitors",
    help: "Visitors whose last items are held.",
    labelNames: ["tenant"],
    registers: [],
    collect() {
      for (const [tenant, visitors] of visitorsHeld()) this.set({ tenant }, visitors);
    },
  });
  const sessionsGauge = new Gauge({
    name: "footfall_recommender_live_sessions",
    help: "Sessions since the model was trained that take part in answers.",
    labelNames: ["tenant"],
    registers: [],
    collect() {
      for (const [tenant, sessions] of liveSessions()) this.set({ tenant }, sessions);
    },
  });
  for (const gauge of [age, visitorsGauge, sessionsGauge]) registry.registerMetric(gauge);
  const served = new Map<TenantId, ModelVersion>();
  return {
    setModel: (tenant, version, trainedUntilMs) => {
      const before = served.get(tenant);
      if (before !== undefined) info.remove({ tenant, version: before });
      served.set(tenant, version);
      info.set({ tenant, version }, 1);
      trainedUntil.set(tenant, trainedUntilMs);
    },
  };
}
