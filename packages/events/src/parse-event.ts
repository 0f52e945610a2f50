import { dateOf } from "@footfall/base";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { type ClickEvent, ClickEventSchema, type EventEnvelope, schemaVersion } from "./click-event.ts";
import { explainError } from "./explain-error.ts";
import { limits } from "./limits.ts";
import { mendEvent, type ObserveMending } from "./mend-event.ts";
import type { EventRejection } from "./receipt.ts";

/** What the collector knows about a batch besides its events. */
export interface ParseContext {
  /** Whether the write key may send events of any age; their time is then taken as it is. */
  readonly historic: boolean;
  readonly receivedAtMs: number;
  /** Device time of the sending, ms since the epoch; equal to `receivedAtMs` where the client did not tell. */
  readonly sentAtMs: number;
  readonly tenant: string;
  /** Whether the sender is a well-known bot. */
  readonly isBot?: boolean;
  /** Told of each field of a client's event that had to be mended, also where the event is refused all the same. */
  readonly observeMending?: ObserveMending;
}

export type ParsedEvent =
  /** `isMended`: the event fits the schema only since it was mended. */
  | { readonly ok: true; readonly envelope: EventEnvelope; readonly isMended?: true }
  | { readonly ok: false; readonly rejection: EventRejection };

const clickEvent = TypeCompiler.Compile(ClickEventSchema);

/**
 * Checks one event as a client sent it and adds what the collector knows. Total: any JSON value gives one of the two.
 *
 * Clock skew: a device whose clock is wrong by d reads both `occurredAtMs` and `sentAtMs` wrong by d, so
 * `receivedAtMs - (sentAtMs - occurredAtMs)` is the event's time by our clock, but for the time on the wire.
 */
export function parseEvent(value: unknown, context: ParseContext): ParsedEvent {
  // Well-formed events, which are nearly all, are not looked at twice.
  const isMended = !clickEvent.Check(value);
  const event = isMended ? mendEvent(value, context.observeMending ?? ignore) : value;
  if (isMended && !clickEvent.Check(event)) {
    return { ok: false, rejection: explainError(clickEvent.Errors(event).First()) };
  }
  return addEnvelope(event as ClickEvent, context, isMended);
}

function addEnvelope(event: ClickEvent, context: ParseContext, isMended: boolean): ParsedEvent {
  const { receivedAtMs, sentAtMs, tenant, isBot } = context;
  const occurredAtMs = correctTime(event.occurredAtMs, context);
  const rejection = timeRejection(occurredAtMs, context) ?? sizeRejection(event);
  if (rejection) return { ok: false, rejection };
  const envelope: EventEnvelope = {
    v: schemaVersion,
    tenant,
    ...event,
    occurredAtMs,
    sentAtMs: Math.round(sentAtMs),
    receivedAtMs,
    ...(isBot === true ? { isBot } : undefined),
  };
  return isMended ? { ok: true, envelope, isMended } : { ok: true, envelope };
}

function ignore(): void {}

/** An event's time by our clock, from what the device's clock said. */
export function correctTime(occurredAtMs: number, { historic, receivedAtMs, sentAtMs }: ParseContext): number {
  return historic ? occurredAtMs : Math.round(receivedAtMs - (sentAtMs - occurredAtMs));
}

/** @param occurredAtMs  by our clock */
export function timeRejection(
  occurredAtMs: number,
  { historic, receivedAtMs }: ParseContext,
): EventRejection | undefined {
  const aheadMs = occurredAtMs - receivedAtMs;
  if (aheadMs > limits.eventFutureMaxMs) {
    const reason =
      `The event time is ${seconds(aheadMs)} later than ${historic ? "the collector's clock" : "its own sending"}; ` +
      `at most ${seconds(limits.eventFutureMaxMs)} is allowed. Send ms since the epoch.`;
    return { code: "EVENT_TIME_IN_FUTURE", field: "/occurredAtMs", reason };
  }
  if (historic && occurredAtMs < limits.historicTimeMinMs) {
    const earliest = dateOf(limits.historicTimeMinMs);
    const reason = `The event time ${occurredAtMs} lies before ${earliest}.${secondsHint(occurredAtMs, receivedAtMs)} Send ms since the epoch.`;
    return { code: "EVENT_TIME_TOO_OLD", field: "/occurredAtMs", reason };
  }
  if (!historic && -aheadMs > limits.eventAgeMaxMs) {
    const reason =
      `The event is ${seconds(-aheadMs)} old; this key may send events of at most ${seconds(limits.eventAgeMaxMs)}. ` +
      "Send ms since the epoch, or use a write key marked historic.";
    return { code: "EVENT_TIME_TOO_OLD", field: "/occurredAtMs", reason };
  }
  return undefined;
}

/** Told where the number, taken as seconds, is a time that events have. */
function secondsHint(occurredAtMs: number, receivedAtMs: number): string {
  const timeMs = occurredAtMs * 1000;
  return timeMs >= limits.historicTimeMinMs && timeMs <= receivedAtMs + limits.eventFutureMaxMs
    ? " It looks like seconds."
    : "";
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1000)} s`;
}

function sizeRejection(event: ClickEvent): EventRejection | undefined {
  if (jsonLengthBound(event) <= limits.eventBytesMax) return undefined;
  const bytes = utf8Length(JSON.stringify(event));
  if (bytes <= limits.eventBytesMax) return undefined;
  const reason =
    `The event has ${bytes} bytes as JSON; at most ${limits.eventBytesMax} are allowed. ` +
    "Send fewer items, or shorter texts.";
  return { code: "EVENT_TOO_LARGE", field: "", reason };
}

/** No code unit of a string takes more bytes in JSON than `\u001f`. */
const escapedBytesMax = 6;
/** No number is written longer than `-2.2250738585072014e-308`. */
const numberBytesMax = 24;

/** A cheap upper bound of the event's size, so that nearly no event has to be written out to be measured. */
function jsonLengthBound(event: ClickEvent): number {
  let bound = fieldLengths(event);
  if (event.recommendation !== undefined) bound += fieldLengths(event.recommendation);
  if (event.items !== undefined) for (const item of event.items) bound += fieldLengths(item);
  return bound;
}

/** As if parts of the event were numbers. */
function fieldLengths(fields: object): number {
  let bound = 3;
  // Names are the schema's own and hold nothing that JSON would escape.
  for (const name in fields) {
    const value: unknown = fields[name as keyof typeof fields];
    bound += name.length + 4 + (typeof value === "string" ? value.length * escapedBytesMax + 2 : numberBytesMax);
  }
  return bound;
}

/** Bytes of the text in UTF-8; surrogates are paired here, as `ClickEventSchema` demands. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A pair is four bytes, two a unit; everything else from U+0800 on is three.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
