import { Buffer } from "node:buffer";
import type { IHeaders, KafkaMessage } from "kafkajs";
import type { LogRecord, RecordHeaders } from "../event-log.ts";

export function logRecordOf({ offset, key, value, timestamp, headers }: KafkaMessage): LogRecord {
  const record = {
    offset: offsetOf(offset),
    key: key === null || key === undefined ? null : key.toString("utf8"),
    value,
    appendedAtMs: Number(timestamp),
  };
  const found = headers === undefined ? undefined : recordHeadersOf(headers);
  return found === undefined ? record : { ...record, headers: found };
}

/** As kafkajs wants them. */
export function kafkaHeadersOf(headers: RecordHeaders): IHeaders {
  return Object.fromEntries([...headers].map(([name, value]) => [name, bufferOf(value)]));
}

/** The same bytes, not copied. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** @returns undefined where there are none. A header without a value has an empty one. */
function recordHeadersOf(headers: IHeaders): RecordHeaders | undefined {
  const found = new Map<string, Buffer>();
  for (const [name, values] of Object.entries(headers)) {
    const value = Array.isArray(values) ? values.at(-1) : values;
    found.set(name, Buffer.from(value ?? ""));
  }
  return found.size === 0 ? undefined : found;
}

/** By way of a number where it fits in one: a third of the cost. */
function offsetOf(text: string): bigint {
  return text.length < 16 ? BigInt(Number(text)) : BigInt(text);
}
