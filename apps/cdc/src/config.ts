import { type Config, operatorPortSetting, setting, type Settings, sharedSettings } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";

const nameInPostgres = Type.String({ pattern: "^[a-z0-9_]{1,63}$" });

/** Settings of the capture of a database's changes. */
export const cdcSettings = {
  ...sharedSettings,
  port: setting({
    variable: "FOOTFALL_CDC_PORT",
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: 8089,
    unit: "port",
    description: "Port of `/livez` and `/readyz`; 0 takes a free one.",
  }),
  operatorPort: operatorPortSetting("cdc", 8099),
  url: setting({
    variable: "FOOTFALL_CDC_URL",
    schema: Type.String({ minLength: 1 }),
    default: undefined,
    unit: "",
    description:
      "The database, `postgresql://user:password@host:port/database`. It needs `wal_level=logical`; the user needs " +
      "`replication`, to read the tables, and to own them unless the publication is there already.",
    isSecret: true,
  }),
  tables: setting({
    variable: "FOOTFALL_CDC_TABLES",
    schema: Type.String({ minLength: 1 }),
    default: undefined,
    unit: "",
    description: "The tables, `schema.table` with commas between them. Each needs a primary key.",
  }),
  slot: setting({
    variable: "FOOTFALL_CDC_SLOT",
    schema: nameInPostgres,
    default: "footfall",
    unit: "",
    description: "Replication slot, and name of the capture in its records. Made where it is absent.",
  }),
  publication: setting({
    variable: "FOOTFALL_CDC_PUBLICATION",
    schema: nameInPostgres,
    default: "footfall",
    unit: "",
    description: "Publication of the listed tables. Made where it is absent, and kept to them.",
  }),
  partitions: setting({
    variable: "FOOTFALL_CDC_PARTITIONS",
    schema: Type.Integer({ minimum: 1, maximum: 1_024 }),
    default: 4,
    unit: "partitions",
    description: "Partitions of a table's topic, where it is made here.",
  }),
  chunkRows: setting({
    variable: "FOOTFALL_CDC_CHUNK_ROWS",
    schema: Type.Integer({ minimum: 1, maximum: 100_000 }),
    default: 1_024,
    unit: "rows",
    description: "Rows of a chunk of the first copy of a table, which are held in memory.",
  }),
  queueBytesMax: setting({
    variable: "FOOTFALL_CDC_QUEUE_BYTES_MAX",
    schema: Type.Integer({ minimum: 65_536, maximum: 1_073_741_824 }),
    default: 16_777_216,
    unit: "bytes",
    description: "Changes that wait for the log; past it the database's connection is read no further.",
  }),
  confirmIntervalMs: setting({
    variable: "FOOTFALL_CDC_CONFIRM_INTERVAL_MS",
    schema: Type.Integer({ minimum: 0, maximum: 60_000 }),
    default: 1_000,
    unit: "ms",
    description: "Time between two confirmations; after a crash, changes since the last one are written again.",
  }),
  retainedBytesMax: setting({
    variable: "FOOTFALL_CDC_RETAINED_BYTES_MAX",
    schema: Type.Integer({ minimum: 1 }),
    default: 10_737_418_240,
    unit: "bytes",
    description: "Transaction log that the database keeps for the slot before `/health` warns.",
  }),
} as const satisfies Settings;

export type CdcConfig = Config<typeof cdcSettings>;
