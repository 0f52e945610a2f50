import { TypeCompiler } from "@sinclair/typebox/compiler";
import { type EventEnvelope, EventEnvelopeSchema } from "./click-event.ts";
import { explainError } from "./explain-error.ts";
import type { ParsedEvent } from "./parse-event.ts";

const eventEnvelope = TypeCompiler.Compile(EventEnvelopeSchema);

/** The value of a `clicks` record: one JSON object, to be stored as UTF-8. */
export function encodeEnvelope(envelope: EventEnvelope): string {
  return JSON.stringify(envelope);
}

/** Reads a record's value back. Total: a poison record gives a rejection. */
export function decodeEnvelope(text: string): ParsedEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, rejection: { code: "EVENT_BODY_MALFORMED", field: "", reason: "The record is not JSON." } };
  }
  if (eventEnvelope.Check(value)) return { ok: true, envelope: value as EventEnvelope };
  return { ok: false, rejection: explainError(eventEnvelope.Errors(value).First()) };
}
