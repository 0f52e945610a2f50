import { Type } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import type { LogEntry } from "./log-entry.ts";
import { asOtherServices, isServiceName } from "./service-name.ts";

export type ReadLogEntry =
  | { readonly ok: true; readonly entry: LogEntry }
  /** What is wrong with it, for people. */
  | { readonly ok: false; readonly reason: string };

/** The years 1970 to 9999: what dates in file names and in columns can hold. */
const time = Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 });
const text = Type.String();
const name = Type.String({ minLength: 1, maxLength: 256 });

const entrySchema = TypeCompiler.Compile(
  Type.Object({
    occurredAtMs: time,
    observedAtMs: time,
    severityNumber: Type.Integer({ minimum: 0, maximum: 24 }),
    severityText: Type.Optional(text),
    body: text,
    service: Type.String({ minLength: 1 }),
    instance: name,
    host: Type.Optional(text),
    traceId: Type.Optional(text),
    spanId: Type.Optional(text),
    attributes: Type.Optional(Type.Record(Type.String(), Type.Union([text, Type.Number(), Type.Boolean()]))),
    source: Type.Optional(
      Type.Object({ path: text, generation: name, offset: Type.Integer({ minimum: 0, maximum: 2 ** 53 - 1 }) }),
    ),
  }),
);

/**
 * Reads the value of a record of topic `logs`. Total: whoever may append may have appended anything. An entry of a
 * service that no folder can be called is kept, as one of `other_services`.
 */
export function readLogEntry(json: string): ReadLogEntry {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return { ok: false, reason: `no JSON: ${(error as Error).message}` };
  }
  if (entrySchema.Check(value)) {
    return { ok: true, entry: isServiceName(value.service) ? value : asOtherServices<LogEntry>(value) };
  }
  const problem = entrySchema.Errors(value).First();
  return { ok: false, reason: `no log entry: ${problem?.path || "it"}: ${problem?.message}` };
}
