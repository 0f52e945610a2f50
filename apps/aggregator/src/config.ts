import { type Config, type Settings, operatorPortSetting, setting, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

const duration = Type.Integer({ minimum: 1, maximum: 86_400_000 });
const count = Type.Integer({ minimum: 1, maximum: 1_000_000_000 });

/** Settings of the aggregator as a process of its own. */
export const aggregatorSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_AGGREGATOR_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8083,
    unit: "port",
    description: "Port of `/livez` and `/readyz`; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("aggregator", 8093),
  commitIntervalMs: setting({
    variable: "FOOTFALL_AGGREGATOR_COMMIT_INTERVAL_MS",
    schema: duration,
    default: 1_000,
    unit: "ms",
    description: "Time between two commits of `events`.",
  }),
  deriveIntervalMs: setting({
    variable: "FOOTFALL_AGGREGATOR_DERIVE_INTERVAL_MS",
    schema: duration,
    default: 5_000,
    unit: "ms",
    description: "Shortest time between two commits of `sessions`, and of what late events touch.",
  }),
  idleTimeoutMs: setting({
    variable: "FOOTFALL_AGGREGATOR_IDLE_TIMEOUT_MS",
    schema: duration,
    default: 10_000,
    unit: "ms",
    description: "A partition without waiting records for this long no longer holds the watermark back.",
  }),
  outOfOrderMs: setting({
    variable: "FOOTFALL_AGGREGATOR_OUT_OF_ORDER_MS",
    schema: duration,
    default: 10_000,
    unit: "ms",
    description: "How much event times may be out of order before an event is late, and its windows are recomputed.",
  }),
  dedupIndexMax: setting({
    variable: "FOOTFALL_AGGREGATOR_DEDUP_INDEX_MAX",
    schema: count,
    default: 4_000_000,
    unit: "events",
    description: "Event ids held in memory (33 to 67 bytes each); repeats of older ones are looked up in the lake.",
  }),
  lakeThreads: setting({
    variable: "FOOTFALL_AGGREGATOR_LAKE_THREADS",
    schema: Type.Integer({ minimum: 1, maximum: 256 }),
    default: 1,
    unit: "threads",
    description: "Threads that write the lake. Two take a quarter less time for a fifth more CPU.",
  }),
} as const satisfies Settings;

export type AggregatorConfig = Config<typeof aggregatorSettings>;
