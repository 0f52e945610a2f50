import { AppError } from "@footfall/base";
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { knownVariables } from "./known-variables.ts";
import { rawValueOf, variablesOf } from "./secret-file.ts";

/**
 * One setting: the environment variable, its default, its unit, and what it is for. docs/config.md is made of these.
 */
export interface Setting<Schema extends TSchema = TSchema> {
  /** `FOOTFALL_…`; an app's own begin with `FOOTFALL_<APP>_`. */
  readonly variable: string;
  readonly schema: Schema;
  /** Undefined: the setting must be given. */
  readonly default: Static<Schema> | undefined;
  /** `ms`, `bytes`, `port`, … or "" where the value has none. */
  readonly unit: string;
  readonly description: string;
  /** Masked where the configuration is logged; may be given as the file that `<variable>_FILE` names. */
  readonly isSecret?: boolean;
}

export type Settings = Readonly<Record<string, Setting>>;
export type Config<S extends Settings> = { readonly [Name in keyof S]: Static<S[Name]["schema"]> };

export function setting<Schema extends TSchema>(definition: Setting<Schema>): Setting<Schema> {
  return definition;
}

/**
 * Settings of another app for one that runs it within: the same but for the app's name in their variables.
 * @param names  in the order in which they are documented
 */
export function settingsAs<S extends Settings, const Names extends readonly (keyof S & string)[]>(
  app: AppName,
  settings: S,
  names: Names,
): Pick<S, Names[number]> {
  const renamed = names.map((name) => {
    const definition = settings[name]!;
    const variable = definition.variable.replace(/^FOOTFALL_[A-Z]+_/, `FOOTFALL_${app.toUpperCase()}_`);
    return [name, { ...definition, variable }] as const;
  });
  return Object.fromEntries(renamed) as Pick<S, Names[number]>;
}

/** Apps that share one environment file: what another one knows is that one's to check. */
export const appNames = [
  "storefront",
  "collector",
  "aggregator",
  "trainer",
  "recommender",
  "console",
  "agent",
  "indexer",
  "monitor",
  "cdc",
  "replicator",
  "standalone",
] as const;
export type AppName = (typeof appNames)[number];

/** Names that tests and commands use and no app reads. */
const foreignVariables = new Set([
  "FOOTFALL_DATA",
  "FOOTFALL_REQUIRE",
  "FOOTFALL_PYTHON",
  "FOOTFALL_PROPERTY_RUNS",
  "FOOTFALL_LOG_KILL_RUNS",
  "FOOTFALL_SPOOL_RUNS",
  "FOOTFALL_CDC_KILLS",
  "FOOTFALL_SINKS_ROWS",
  "FOOTFALL_SINKS_RATE",
  "FOOTFALL_SINKS_KILLS",
]);

/** Where an app that listens shows itself to operators, at `FOOTFALL_OPERATOR_HOST`. */
export function operatorPortSetting(app: AppName, port: number) {
  return setting({
    variable: `FOOTFALL_${app.toUpperCase()}_OPERATOR_PORT`,
    schema: Type.Integer({ minimum: 0, maximum: 65_535 }),
    default: port,
    unit: "port",
    description: "Port of `/metrics`, `/health` and, in standalone, the console; 0 takes a free one.",
  });
}

/** Settings that every app has. */
export const sharedSettings = {
  storageDir: setting({
    variable: "FOOTFALL_STORAGE_DIR",
    schema: Type.String({ minLength: 1 }),
    default: "./datalake",
    unit: "path",
    description:
      "Folder that holds the lake (`tables`), the log on disk (`log`), the spool (`spool`), the models (`models`), the text " +
      "index of logs (`log-index`), the agent's positions (`agent`), the state of alerts (`monitor`) and the capture's progress (`cdc`).",
  }),
  host: setting({
    variable: "FOOTFALL_HOST",
    schema: Type.String({ minLength: 1 }),
    default: "127.0.0.1",
    unit: "address",
    description: "Address to listen on; `0.0.0.0` for all.",
  }),
  operatorHost: setting({
    variable: "FOOTFALL_OPERATOR_HOST",
    schema: Type.String({ minLength: 1 }),
    default: "127.0.0.1",
    unit: "address",
    description:
      "Address of console, `/metrics` and `/health`, which show every shop; open others to operators and Prometheus only.",
  }),
  operatorHostNames: setting({
    variable: "FOOTFALL_OPERATOR_HOST_NAMES",
    schema: Type.String({ pattern: "^[A-Za-z0-9._-]*( *, *[A-Za-z0-9._-]+)*$" }),
    default: "",
    unit: "names",
    description:
      "Names, with commas between them, by which console, `/metrics` and `/health` may be asked, beside IP addresses, " +
      "`localhost` and `FOOTFALL_OPERATOR_HOST`; others are refused, lest a page of another site read them by a name of its own.",
  }),
  logLevel: setting({
    variable: "FOOTFALL_LOG_LEVEL",
    schema: Type.String({ pattern: "^(trace|debug|info|warn|error|fatal|silent)$" }),
    default: "info",
    unit: "",
    description: "Least severe level that is logged.",
  }),
  kafkaBrokers: setting({
    variable: "FOOTFALL_KAFKA_BROKERS",
    schema: Type.String(),
    default: "",
    unit: "host:port",
    description: "Brokers of the Kafka cluster that holds the log, with commas between them; empty: the log on disk.",
  }),
  kafkaTls: setting({
    variable: "FOOTFALL_KAFKA_TLS",
    schema: Type.Boolean(),
    default: false,
    unit: "",
    description: "Whether brokers are spoken to over TLS. NODE_EXTRA_CA_CERTS names an authority of one's own.",
  }),
  kafkaSaslMechanism: setting({
    variable: "FOOTFALL_KAFKA_SASL_MECHANISM",
    schema: Type.Union([
      Type.Literal(""),
      Type.Literal("plain"),
      Type.Literal("scram-sha-256"),
      Type.Literal("scram-sha-512"),
    ]),
    default: "",
    unit: "",
    description: "How to log in to brokers: plain, scram-sha-256 or scram-sha-512; empty for not at all.",
  }),
  kafkaSaslUsername: setting({
    variable: "FOOTFALL_KAFKA_SASL_USERNAME",
    schema: Type.String(),
    default: "",
    unit: "",
    description: "The name to log in to brokers with.",
  }),
  kafkaSaslPassword: setting({
    variable: "FOOTFALL_KAFKA_SASL_PASSWORD",
    schema: Type.String(),
    default: "",
    unit: "",
    description: "The password to log in to brokers with.",
    isSecret: true,
  }),
  logSilentAfterMs: setting({
    variable: "FOOTFALL_LOG_SILENT_AFTER_MS",
    schema: Type.Integer({ minimum: 1_000, maximum: 3_600_000 }),
    default: 15_000,
    unit: "ms",
    description:
      "A log that has not answered a reader for longer shows in `/health`, and what waits there counts as unknown. " +
      "Records that wait four times as long without one being read show too.",
  }),
  kafkaReplicationFactor: setting({
    variable: "FOOTFALL_KAFKA_REPLICATION_FACTOR",
    schema: Type.Integer({ minimum: 0, maximum: 16 }),
    default: 0,
    unit: "copies",
    description: "Copies of a topic that is made here; 0 for the brokers' own setting.",
  }),
  kafkaPrefix: setting({
    variable: "FOOTFALL_KAFKA_PREFIX",
    schema: Type.String({ pattern: "^[A-Za-z0-9._-]{0,100}$" }),
    default: "",
    unit: "",
    description:
      "What names of topics, consumer groups and clients begin with in a cluster that is shared, like `shop-a.`; the same " +
      "for all apps and commands. Topics of another prefix are neither seen nor moved.",
  }),
} as const satisfies Settings;

/**
 * Reads the settings of one app from the environment. An empty value that a setting cannot have stands for its default.
 * A secret may be in a file that `<VARIABLE>_FILE` names.
 * @throws AppError CONFIG_INVALID listing every bad value and every `FOOTFALL_*` name that no app knows at once
 */
export function readConfig<S extends Settings>(
  app: AppName,
  settings: S,
  environment: Readonly<Record<string, string | undefined>>,
): Config<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(settings)) {
    const { value: raw, problem } = rawValueOf(definition, environment);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    if (raw === undefined || (raw === "" && !Value.Check(definition.schema, raw))) {
      if (definition.default === undefined)
        problems.push(`${definition.variable} is required: ${definition.description}`);
      values[name] = definition.default;
      continue;
    }
    const value: unknown = Value.Convert(definition.schema, raw);
    const error = Value.Errors(definition.schema, value).First();
    const shown = definition.isSecret ? "" : `, got ${JSON.stringify(raw)}`;
    if (error) problems.push(`${definition.variable}: ${error.message}${shown}`);
    values[name] = value;
  }
  problems.push(...unknownVariables(settings, environment));
  if (problems.length > 0) {
    throw new AppError("CONFIG_INVALID", `Configuration of ${app}:\n  ${problems.join("\n  ")}\nSee docs/config.md.`);
  }
  return Object.freeze(values) as Config<S>;
}

function unknownVariables(settings: Settings, environment: Readonly<Record<string, string | undefined>>): string[] {
  const own = new Set(Object.values(settings).flatMap(variablesOf));
  return Object.keys(environment)
    .filter((name) => name.startsWith("FOOTFALL_") && !own.has(name))
    .filter((name) => !knownVariables.has(name) && !foreignVariables.has(name))
    .map((name) => `${name} is not a setting of any app`);
}

/** The effective values by variable, secrets masked, for the one log line at the start. */
export function describeConfig<S extends Settings>(settings: S, config: Config<S>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, definition]) => [
      definition.variable,
      definition.isSecret ? "***" : config[name as keyof S],
    ]),
  );
}
