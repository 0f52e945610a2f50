import { isUtf8 } from "node:buffer";
import { AppError } from "@footfall/base";
import { limits } from "@footfall/events";

/** One request body, its frame checked. Its events are not yet, but for those that are `ScannedEvent`. */
export interface EventBatch {
  readonly key: string | undefined;
  readonly sentAtMs: number | undefined;
  /** Whether topic `clicks.rejected` holds the events already: they are sent again after a cause was mended. */
  readonly isRedrive?: boolean;
  readonly events: readonly unknown[];
}

const timeMaxMs = 8.64e15;

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
  const { key, sentAtMs, redrive, events } = value as Record<string, unknown>;
  if (key !== undefined && typeof key !== "string") throw malformed("The key must be a string.", "/key");
  if (sentAtMs !== undefined && !isTime(sentAtMs)) {
    throw malformed("sentAtMs must be the device's time of sending in ms since the epoch.", "/sentAtMs");
  }
  if (!Array.isArray(events)) throw malformed("The body needs an array named events.", "/events");
  if (events.length === 0) {
    throw new AppError("EVENT_BATCH_EMPTY", "The batch holds no event; send nothing instead.", fieldContext("/events"));
  }
  if (events.length > limits.batchEventsMax) {
    const message = `The batch holds ${events.length} events; at most ${limits.batchEventsMax} are taken. Split it.`;
    throw new AppError("EVENT_BATCH_TOO_LONG", message, fieldContext("/events"));
  }
  return { key, sentAtMs, events, ...(redrive === true && { isRedrive: true }) };
}

function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw malformed("The body is not UTF-8.", "");
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    const message = `The body is not JSON (${(cause as Error).message.slice(0, 200)}).`;
    throw new AppError("EVENT_BODY_MALFORMED", message, { ...fieldContext(""), cause });
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= timeMaxMs;
}

function malformed(message: string, field: string): AppError {
  return new AppError("EVENT_BODY_MALFORMED", message, fieldContext(field));
}

function fieldContext(field: string): { context: { field: string } } {
  return { context: { field } };
}
