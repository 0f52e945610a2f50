import { readFile } from "node:fs/promises";
import { AppError, type TenantId } from "@footfall/base";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { normalizeOrigin } from "./origins.ts";

const perSecondMax = Type.Optional(Type.Integer({ minimum: 0 }));

const WriteKeySchema = Type.Object(
  {
    key: Type.String({ minLength: 4, maxLength: 128, pattern: "^[A-Za-z0-9_-]+$" }),
    tenant: Type.String({ pattern: "^[a-z0-9-]{1,64}$" }),
    /** Origins of pages that may use the key; see `normalizeOrigin`. */
    origins: Type.Array(Type.String({ minLength: 1 })),
    /** Whether the key may send events of any age (imports, replays). Keep such keys on servers. */
    isHistoric: Type.Optional(Type.Boolean()),
    /** Instead of the collector's bounds, for keys of any kind; 0 for none. */
    eventsPerSecondMax: perSecondMax,
    bytesPerSecondMax: perSecondMax,
    rejectedBytesPerSecondMax: perSecondMax,
  },
  { additionalProperties: false },
);
const WriteKeysSchema = Type.Array(WriteKeySchema, { minItems: 1 });

/** A key names the shop that an event or a request belongs to. It is public (it stands in pages), not a secret. */
export interface WriteKey {
  readonly key: string;
  readonly tenant: TenantId;
  /** Normalised, for `allowsOrigin`. */
  readonly origins: readonly string[];
  readonly isHistoric: boolean;
  /** Of its own; absent: those of the collector. 0 for no bound. */
  readonly eventsPerSecondMax?: number;
  readonly bytesPerSecondMax?: number;
  readonly rejectedBytesPerSecondMax?: number;
}

export type WriteKeys = ReadonlyMap<string, WriteKey>;

/** The keys of the demo and of tests: one for pages, one for replays of old events. Everybody knows them. */
export const demoWriteKeys: WriteKeys = toWriteKeys([
  { key: "demo", tenant: "demo", origins: ["*"] },
  { key: "demo-historic", tenant: "demo", origins: [], isHistoric: true },
]);

/**
 * Reads a JSON file: an array of `{key, tenant, origins, isHistoric?, eventsPerSecondMax?, bytesPerSecondMax?,
 * rejectedBytesPerSecondMax?}`.
 * @throws AppError CONFIG_INVALID naming the file and the first fault
 */
export async function readWriteKeys(file: string): Promise<WriteKeys> {
  try {
    return toWriteKeys(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    if (cause instanceof AppError) throw new AppError(cause.code, `${file}: ${cause.message}`, { cause });
    throw new AppError("CONFIG_INVALID", `${file} is not a readable JSON file of write keys: ${String(cause)}`, {
      cause,
    });
  }
}

function toWriteKeys(value: unknown): WriteKeys {
  const fault = Value.Errors(WriteKeysSchema, value).First();
  if (fault) throw new AppError("CONFIG_INVALID", `write keys, at ${fault.path || "/"}: ${fault.message}`);
  const keys = (value as Static<typeof WriteKeysSchema>).map((entry) => ({
    ...entry,
    tenant: entry.tenant as TenantId,
    origins: entry.origins.map(normalizeOrigin),
    isHistoric: entry.isHistoric ?? false,
  }));
  const byKey = new Map(keys.map((entry) => [entry.key, entry]));
  if (byKey.size < keys.length) throw new AppError("CONFIG_INVALID", "write keys: the same key stands there twice");
  return byKey;
}
