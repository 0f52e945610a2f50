import { readFile } from "node:fs/promises";
import { AppError } from "@footfall/base";
import { isServiceName, lineFormatNames, multiLineModes, multiLinePresetNames } from "@footfall/service-logs";
import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { parse } from "yaml";

const closed = { additionalProperties: false };
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  Type.Unsafe<Names[number]>(Type.String({ pattern: `^(${names.join("|")})$` }));
const name = Type.String({ minLength: 1, maxLength: 256 });
const bound = Type.Integer({ minimum: 1, maximum: 100_000 });
const seconds = Type.Number({ minimum: 1, maximum: 3_600 });

const LogSourceSchema = Type.Object(
  {
    /** Absolute, with `*` and `?` within names. Rotated files must match too. */
    paths: Type.Array(Type.String({ pattern: "^/" }), { minItems: 1 }),
    /** `service.name` of entries that do not name one themselves. */
    service: name,
    /** `service.instance.id`; the host where absent. */
    instance: Type.Optional(name),
    format: Type.Optional(oneOf(lineFormatNames)),
    /** Of format `pattern`: a regular expression with groups named time, level, message, and others for attributes. */
    pattern: Type.Optional(Type.String()),
    /** Of times without one: `UTC` (default), `+02:00`, `Europe/Berlin`. */
    timeZone: Type.Optional(Type.String()),
    /** How several lines are one entry: the stack traces of a language, or a rule of one's own. */
    multiLine: Type.Optional(
      Type.Union([
        oneOf(multiLinePresetNames),
        Type.Object({ mode: oneOf(multiLineModes), start: Type.String(), condition: Type.String() }, closed),
      ]),
    ),
  },
  closed,
);

const ScrapeTargetSchema = Type.Object(
  {
    job: name,
    url: Type.String({ pattern: "^https?://" }),
    /** Host and port of the address where absent. */
    instance: Type.Optional(name),
    intervalSeconds: Type.Optional(seconds),
    /** One that may not be there at all: it counts as down only after it has answered once. Default false. */
    optional: Type.Optional(Type.Boolean()),
  },
  closed,
);

const AgentFileSchema = Type.Object(
  {
    /** Whose metrics these are. Default `default`. */
    tenant: Type.Optional(Type.String({ pattern: "^[a-z0-9-]{1,64}$" })),
    /** `host.name`; what the system says where absent. */
    host: Type.Optional(name),
    logs: Type.Optional(Type.Array(LogSourceSchema)),
    scrape: Type.Optional(Type.Array(ScrapeTargetSchema)),
    /** How many services and targets may be named by what is sent over OTLP. Defaults 200 and 1000. */
    otlp: Type.Optional(Type.Object({ servicesMax: Type.Optional(bound), targetsMax: Type.Optional(bound) }, closed)),
    /** Samples the host itself: processor, memory, disks, network. */
    hostMetrics: Type.Optional(Type.Object({ intervalSeconds: Type.Optional(seconds) }, closed)),
  },
  closed,
);

export type AgentFile = Static<typeof AgentFileSchema>;
export type LogSource = Static<typeof LogSourceSchema>;
export type ScrapeTarget = Static<typeof ScrapeTargetSchema>;

/** Reads what the agent is to do, from YAML or JSON. @throws AppError CONFIG_INVALID naming the file and every fault */
export async function readAgentFile(path: string): Promise<AgentFile> {
  let value: unknown;
  try {
    value = parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new AppError("CONFIG_INVALID", `${path} is not a readable YAML file: ${(cause as Error).message}`, { cause });
  }
  const faults = faultsOf(AgentFileSchema, value);
  if (faults.length === 0) faults.push(...sourceFaults(value as AgentFile));
  if (faults.length === 0) return value as AgentFile;
  throw new AppError("CONFIG_INVALID", `${path}:\n  ${faults.join("\n  ")}\nSee docs/logs.md.`);
}

function sourceFaults({ logs = [] }: AgentFile): string[] {
  return logs.flatMap(({ service, format, multiLine }, at) => [
    ...(isServiceName(service)
      ? []
      : [`/logs/${at}/service: is too long for a folder's name, or has control characters`]),
    ...(format === "docker" && multiLine !== undefined
      ? [`/logs/${at}/multiLine: does not go with format docker, whose lines are packed one by one`]
      : []),
  ]);
}

function faultsOf(schema: TSchema, value: unknown): string[] {
  return [...Value.Errors(schema, value)].map(({ path, message }) => `${path || "/"}: ${message}`);
}
