import { type EventRejection, limits, type RejectedEvent } from "@footfall/events";
import type { AppendRecord } from "@footfall/log";

/** What one request's rejected events have in common. */
export type RejectionSource = Pick<RejectedEvent, "tenant" | "rejectedAtMs" | "sentAtMs" | "historic">;

/** A text longer than this is cut: it tells what was wrong, but cannot be sent again. */
const rejectedTextBytesMax = limits.eventBytesMax;
/** Well below what every log takes as one record. */
const rejectedBytesMax = limits.bodyBytesMax / 2;

/**
 * The record of topic `clicks.rejected` for an event that was refused, so that nothing is lost silently. An event that
 * is far larger than one may be, or nested too deeply to be written out, is kept as the beginning of the body's text.
 */
export function rejectedRecord(
  source: RejectionSource,
  rejection: EventRejection,
  event: unknown,
  body: Buffer,
): AppendRecord {
  const whole = encode(source, rejection, event);
  const value =
    whole !== undefined && whole.length <= rejectedBytesMax
      ? whole
      : encode(source, rejection, body.toString("utf8", 0, rejectedTextBytesMax));
  return { key: null, value: value ?? Buffer.alloc(0) };
}

function encode(source: RejectionSource, rejection: EventRejection, event: unknown): Buffer | undefined {
  const rejected: RejectedEvent = { ...source, ...rejection, event };
  try {
    return Buffer.from(JSON.stringify(rejected));
  } catch (error) {
    // JSON.stringify calls itself for each level; JSON.parse does not, so a client can send what cannot be written.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
