import { isUtf8 } from "node:buffer";
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
      : encode(source, rejection, textOf(body, rejectedTextBytesMax));
  return { key: null, value: value ?? Buffer.alloc(0) };
}

/** A body as text, or its beginning. What is no UTF-8 is kept in base64, so that it can be looked at. */
export function textOf(body: Buffer, bytesMax = body.length): string {
  const kept = body.subarray(0, bytesMax);
  return isText(body) ? kept.toString("utf8") : `data:;base64,${kept.toString("base64")}`;
}

/** UTF-8, its last character perhaps cut. */
function isText(body: Buffer): boolean {
  if (isUtf8(body)) return true;
  return [1, 2, 3].some((cut) => {
    const first = body.at(-cut) ?? 0;
    return first >= 0xc2 && first <= 0xf4 && isUtf8(body.subarray(0, -cut));
  });
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
