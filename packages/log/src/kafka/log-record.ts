import { Buffer } from "node:buffer";
import type { KafkaMessage } from "kafkajs";
import type { LogRecord } from "../event-log.ts";

/** A record without a value (others write those to compacted topics) has an empty one here. */
export function logRecordOf({ offset, key, value, timestamp }: KafkaMessage): LogRecord {
  return {
    offset: offsetOf(offset),
    key: key === null || key === undefined ? null : key.toString("utf8"),
    value: value ?? Buffer.alloc(0),
    appendedAtMs: Number(timestamp),
  };
}

/** By way of a number where it fits in one: a third of the cost. */
function offsetOf(text: string): bigint {
  return text.length < 16 ? BigInt(Number(text)) : BigInt(text);
}
