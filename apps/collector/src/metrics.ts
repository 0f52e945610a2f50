import type { ErrorCode } from "@footfall/base";
import type { EventReceipt, ObserveMending } from "@footfall/events";
import { Counter, Gauge, Histogram, type Registry } from "@footfall/runtime";
import type { QuotaMetrics } from "./key-quota.ts";

export interface CollectorMetrics extends QuotaMetrics {
  countEvents(status: EventReceipt["status"], count: number, code?: ErrorCode): void;
  countRequest(status: number, seconds: number): void;
  observeAppend(seconds: number): void;
  countBotEvents(count: number): void;
  readonly countMending: ObserveMending;
}

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Registers the collector's metrics. Children are kept, because finding them by labels costs more than counting. */
export function collectorMetrics(registry: Registry, inFlightBytes: () => number): CollectorMetrics {
  const registers = [registry];
  const events = new Counter({
    name: "footfall_collector_events_total",
    help: "Events by receipt; the code says why one was rejected.",
    labelNames: ["status", "code"],
    registers,
  });
  const botEvents = new Counter({
    name: "footfall_collector_bot_events_total",
    help: "Accepted events that are marked as a well-known bot's.",
    registers,
  });
  const mendings = new Counter({
    name: "footfall_collector_mended_fields_total",
    help: "Fields of events that were not taken as sent: ignored (unknown), absent (null), coerced, cut or repaired.",
    labelNames: ["part", "how"],
    registers,
  });
  const requests = new Counter({
    name: "footfall_collector_requests_total",
    help: "Requests to POST /v1/events by HTTP status.",
    labelNames: ["status"],
    registers,
  });
  const requestSeconds = new Histogram({
    name: "footfall_collector_request_seconds",
    help: "From the request's headers to its answer.",
    buckets: secondsBuckets,
    registers,
  });
  const appendSeconds = new Histogram({
    name: "footfall_collector_append_seconds",
    help: "How long the log took to hold a batch durably.",
    buckets: secondsBuckets,
    registers,
  });
  const inFlight = new Gauge({
    name: "footfall_collector_in_flight_bytes",
    help: "Bytes of bodies under way; at the bound the answer is 503.",
    registers: [],
    collect() {
      this.set(inFlightBytes());
    },
  });
  registry.registerMetric(inFlight);
  const quotaMetrics = registerQuotaMetrics(registers);
  const accepted = events.labels("accepted", "");
  const duplicate = events.labels("duplicate", "");
  const answered = requests.labels("200");
  return {
    ...quotaMetrics,
    countEvents(status, count, code) {
      if (status === "accepted") accepted.inc(count);
      else if (status === "duplicate") duplicate.inc(count);
      else events.labels(status, code ?? "").inc(count);
    },
    countRequest(status, seconds) {
      if (status === 200) answered.inc();
      else requests.labels(String(status)).inc();
      requestSeconds.observe(seconds);
    },
    countBotEvents: (count) => botEvents.inc(count),
    countMending: (part, how) => mendings.inc({ part, how }),
    observeAppend: (seconds) => appendSeconds.observe(seconds),
  };
}

function registerQuotaMetrics(registers: Registry[]): QuotaMetrics {
  const refusals = new Counter({
    name: "footfall_collector_quota_refusals_total",
    help: "Requests answered 429 because their write key has sent more than it may.",
    labelNames: ["tenant"],
    registers,
  });
  const notKept = new Counter({
    name: "footfall_collector_rejects_not_kept_total",
    help: "Refused events, and bodies, of which no record is kept because their write key has left too many bytes of them.",
    labelNames: ["tenant"],
    registers,
  });
  return {
    countQuotaRefusal: (tenant) => refusals.inc({ tenant }),
    countRejectNotKept: (tenant) => notKept.inc({ tenant }),
  };
}
