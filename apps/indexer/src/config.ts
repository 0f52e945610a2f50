import { type Config, operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

/** Settings of the indexer as a process of its own. */
export const indexerSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_INDEXER_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8086,
    unit: "port",
    description: "Port of `/livez` and `/readyz`; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("indexer", 8096),
  partitions: setting({
    variable: "FOOTFALL_INDEXER_LOGS_PARTITIONS",
    schema: Type.Integer({ minimum: 1, maximum: 1_024 }),
    default: 4,
    unit: "partitions",
    description: "Partitions of topic `logs`, where it is made here.",
  }),
  commitIntervalMs: setting({
    variable: "FOOTFALL_INDEXER_COMMIT_INTERVAL_MS",
    schema: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    default: 1_000,
    unit: "ms",
    description: "Time between two commits of table `logs`, and of the index.",
  }),
  indexRetentionMs: setting({
    variable: "FOOTFALL_INDEXER_INDEX_RETENTION_MS",
    schema: Type.Integer({ minimum: 86_400_000, maximum: 3_153_600_000_000 }),
    default: 2_592_000_000,
    unit: "ms",
    description: "Age past which a day leaves the text index, and older entries do not enter it; the table keeps them.",
  }),
} as const satisfies Settings;

export type IndexerConfig = Config<typeof indexerSettings>;
