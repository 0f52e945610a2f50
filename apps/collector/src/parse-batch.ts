import { isUtf8 } from "node:buffer";
import { AppError } from "@footfall/base";
import { limits } from "@footfall/events";

/** One request body, its frame checked. Its events are not yet, but for those that are `ScannedEvent`. */
export interface EventBatch {
  readonly key: string | undefined;
  /** Undefined where the sender did not tell. */
  readonly sentAtMs: number | undefined;
  /** Whether topic `clicks.rejected` holds the events already: they are sent again after a cause was mended. */
  readonly isRedrive?: boolean;
  readonly events: readonly unknown[];
}

/** Some editors and libraries write it before JSON; it says nothing. */
const byteOrderMark = "\ufeff";

/**
 * Reads `{"key"?, "sentAtMs"?, "redrive"?, "events": […]}`. Other members are left alone, so that an older collector
 * understands a newer tracker.
 * @throws AppError EVENT_BODY_MALFORMED, EVENT_BATCH_EMPTY, EVENT_BATCH_TOO_LONG
 */
export function parseBatch(body: Buffer): EventBatch {
  const value = parseJson(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw malformed('The body must be an object: {"key", "sentAtMs", "events": [...]}.', "");
  }
  const { key = null, redrive, events, ...frame } = value as Record<string, unknown>;
  if (key !== null && typeof key !== "string") throw malformed("The key must be a string.", "/key");
  const sentAtMs = readSentAtMs(frame["sentAtMs"]);
  if (!Array.isArray(events)) throw malformed("The body needs an array named events.", "/events");
  if (events.length === 0) {
    throw new AppError("EVENT_BATCH_EMPTY", "The batch holds no event; send nothing instead.", fieldContext("/events"));
  }
  if (events.length > limits.batchEventsMax) {
    const message = `The batch holds ${events.length} events; at most ${limits.batchEventsMax} are taken. Split it.`;
    throw new AppError("EVENT_BATCH_TOO_LONG", message, fieldContext("/events"));
  }
  return { key: key ?? undefined, sentAtMs, events, ...(redrive === true && { isRedrive: true }) };
}

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw malformed("The body is not UTF-8.", "");
  try {
    const text = body.toString("utf8");
    return JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text);
  } catch (cause) {
    const message = `The body is not JSON (${(cause as Error).message.slice(0, 200)}).`;
    throw new AppError("EVENT_BODY_MALFORMED", message, { ...fieldContext(""), cause });
  }
}

/** Digits as text are taken for the number; null and empty text say nothing. */
function readSentAtMs(value: unknown): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const timeMs = typeof value === "string" && /^\d{1,15}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof timeMs === "number" && timeMs >= 0 && timeMs <= limits.timeMsMax) return timeMs;
  throw malformed("sentAtMs must be the device's time of sending in ms since the epoch.", "/sentAtMs");
}

function malformed(message: string, field: string): AppError {
  return new AppError("EVENT_BODY_MALFORMED", message, fieldContext(field));
}

function fieldContext(field: string): { context: { field: string } } {
  return { context: { field } };
}
