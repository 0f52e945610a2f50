import { type Config, operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

/** Settings of a replicator: one process brings tables into one target. */
export const replicatorSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_REPLICATOR_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8085,
    unit: "port",
    description: "Port of `/livez` and `/readyz`; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("replicator", 8101),
  url: setting({
    variable: "FOOTFALL_REPLICATOR_URL",
    schema: Type.String({ pattern: "^((rediss?|postgres(ql)?|https?)://.|lake:$)" }),
    default: undefined,
    unit: "",
    description:
      "The target: `redis://user:password@host:port/db` (or `rediss:`), `postgresql://user:password@host:port/database`, " +
      "`https://user:password@host:9200` of OpenSearch, or `lake:`, a lake in folder `replicas` of the storage.",
    isSecret: true,
  }),
  tables: setting({
    variable: "FOOTFALL_REPLICATOR_TABLES",
    schema: Type.String({ minLength: 1 }),
    default: undefined,
    unit: "",
    description: "The captured tables, `schema.table` with commas between them.",
  }),
  name: setting({
    variable: "FOOTFALL_REPLICATOR_NAME",
    schema: Type.String({ pattern: "^[a-z0-9][a-z0-9_]{0,62}$" }),
    default: "footfall",
    unit: "",
    description:
      "Name of the replica: keys in Redis begin with it and `:`, indices of OpenSearch with it and `-`, its folder of the " +
      "lake and its progress in PostgreSQL have it. Processes of one name and target share the work; two replicas in one target need two.",
  }),
  schema: setting({
    variable: "FOOTFALL_REPLICATOR_SCHEMA",
    schema: Type.String({ pattern: '^[^."]{0,63}$' }),
    default: "",
    unit: "",
    description: "Schema of PostgreSQL that all tables go into. Empty: each into the one that it has in the source.",
  }),
  changesMax: setting({
    variable: "FOOTFALL_REPLICATOR_CHANGES_MAX",
    schema: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: 5_000,
    unit: "changes",
    description: "Changes of a table that bring a commit forward.",
  }),
  commitIntervalMs: setting({
    variable: "FOOTFALL_REPLICATOR_COMMIT_INTERVAL_MS",
    schema: Type.Integer({ minimum: 1, maximum: 60_000 }),
    default: 200,
    unit: "ms",
    description: "Time between two commits of a table.",
  }),
} as const satisfies Settings;

export type ReplicatorConfig = Config<typeof replicatorSettings>;
