import { operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";
import { collectorBounds } from "./collector.ts";
import { keyQuotaSettings } from "./key-quota-settings.ts";

const bytes = Type.Integer({ minimum: 0 });
const durationMs = Type.Integer({ minimum: 1 });

/** The collector's settings; docs/config.md and .env.example are made of them. */
export const collectorSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_COLLECTOR_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8081,
    unit: "port",
    description: "Port to listen on; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("collector", 8091),
  keysFile: setting({
    variable: "FOOTFALL_COLLECTOR_KEYS_FILE",
    schema: Type.String(),
    default: "",
    unit: "path",
    description:
      "JSON file of write keys, `[{key, tenant, origins, isHistoric?, …}]`; empty: `keys" +
      "/write-keys.json` in the storage folder, made at the first start.",
  }),
  trackerScript: setting({
    variable: "FOOTFALL_COLLECTOR_TRACKER_SCRIPT",
    schema: Type.String({ minLength: 1 }),
    default: "./packages/tracker/dist/t.js",
    unit: "path",
    description: "The built tracker that `/t.js` serves.",
  }),
  inFlightBytesMax: setting({
    variable: "FOOTFALL_COLLECTOR_IN_FLIGHT_BYTES_MAX",
    schema: bytes,
    default: collectorBounds.inFlightBytesMax,
    unit: "bytes",
    description: "Bodies under way over all requests; past it the answer is 503.",
  }),
  ...keyQuotaSettings("collector"),
  recentEventIdsMax: setting({
    variable: "FOOTFALL_COLLECTOR_RECENT_EVENT_IDS_MAX",
    schema: Type.Integer({ minimum: 0 }),
    default: collectorBounds.recentEventIdsMax,
    unit: "ids",
    description: "Event ids remembered to answer `duplicate`.",
  }),
  diskFreeBytesMin: setting({
    variable: "FOOTFALL_COLLECTOR_DISK_FREE_BYTES_MIN",
    schema: bytes,
    default: collectorBounds.diskFreeBytesMin,
    unit: "bytes",
    description: "Less free disk than this makes `/readyz` answer 503.",
  }),
  clicksPartitions: setting({
    variable: "FOOTFALL_COLLECTOR_CLICKS_PARTITIONS",
    schema: Type.Integer({ minimum: 1, maximum: 1_024 }),
    default: collectorBounds.clicksPartitions,
    unit: "partitions",
    description: "Partitions of topic `clicks` where it does not exist yet.",
  }),
  clicksRetentionMs: setting({
    variable: "FOOTFALL_COLLECTOR_CLICKS_RETENTION_MS",
    schema: durationMs,
    default: collectorBounds.clicksRetentionMs,
    unit: "ms",
    description: "How long topic `clicks` keeps records.",
  }),
  rejectedRetentionMs: setting({
    variable: "FOOTFALL_COLLECTOR_REJECTED_RETENTION_MS",
    schema: durationMs,
    default: collectorBounds.rejectedRetentionMs,
    unit: "ms",
    description: "How long topic `clicks.rejected` keeps records.",
  }),
  clicksRetentionBytesMax: setting({
    variable: "FOOTFALL_COLLECTOR_CLICKS_RETENTION_BYTES_MAX",
    schema: bytes,
    default: collectorBounds.clicksRetentionBytesMax,
    unit: "bytes",
    description: "Past this size the oldest records of topic `clicks` are deleted, read or not; 0 for no bound.",
  }),
  rejectedRetentionBytesMax: setting({
    variable: "FOOTFALL_COLLECTOR_REJECTED_RETENTION_BYTES_MAX",
    schema: bytes,
    default: collectorBounds.rejectedRetentionBytesMax,
    unit: "bytes",
    description:
      "The same of topic `clicks.rejected`. A changed retention is applied to topics that are there already, at the start.",
  }),
  retentionIntervalMs: setting({
    variable: "FOOTFALL_COLLECTOR_RETENTION_INTERVAL_MS",
    schema: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    default: collectorBounds.retentionIntervalMs,
    unit: "ms",
    description: "How often records past their topic's retention are deleted from the embedded log; brokers do it.",
  }),
  spoolBytesMax: setting({
    variable: "FOOTFALL_COLLECTOR_SPOOL_BYTES_MAX",
    schema: bytes,
    default: collectorBounds.spoolBytesMax,
    unit: "bytes",
    description:
      "In front of Kafka: events that may wait on disk while it is away; past it the answer is 503. " +
      "The file takes up to three times as much.",
  }),
  slowAfterMs: setting({
    variable: "FOOTFALL_COLLECTOR_SLOW_AFTER_MS",
    schema: durationMs,
    default: collectorBounds.slowAfterMs,
    unit: "ms",
    description: "In front of Kafka: events it does not take within this time go to the disk first.",
  }),
} as const satisfies Settings;
