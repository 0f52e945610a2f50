import { isUtf8 } from "node:buffer";
import { type EventScanner, limits, type ScannedEvent } from "@footfall/events";
import type { EventBatch } from "./parse-batch.ts";

/** The frame that the tracker writes. A time of so few digits is none past `limits.timeMsMax`. */
const frame = /^\{(?:"key":"([\w.:-]+)",)?(?:"sentAtMs":(\d{1,14}),)?"events":\[/;

/**
 * Reads a body without parsing it, where it and all its events have a form that the scanner has learnt; undefined for
 * any other, which `parseBatch` reads.
 * @param scannerOf  by the key that the body names
 */
export function scanBatch(
  body: Buffer,
  scannerOf: (key: string | undefined) => EventScanner | undefined,
): EventBatch | undefined {
  if (!isUtf8(body)) return undefined;
  const text = body.toString("utf8");
  const framed = frame.exec(text);
  const scanner = framed === null ? undefined : scannerOf(framed[1]);
  if (framed === null || scanner === undefined) return undefined;
  const events: ScannedEvent[] = [];
  for (let at = framed[0].length; events.length < limits.batchEventsMax; at = scanner.end + 1) {
    const event = scanner.scan(text, at);
    if (event === undefined) return undefined;
    events.push(event);
    if (text.startsWith(",", scanner.end)) continue;
    const isWhole = text.endsWith("]}") && scanner.end === text.length - 2;
    if (!isWhole) return undefined;
    return { key: framed[1], sentAtMs: framed[2] === undefined ? undefined : Number(framed[2]), events };
  }
  return undefined;
}
