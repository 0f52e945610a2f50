import { Buffer } from "node:buffer";
import type { KafkaMessage } from "kafkajs";
import type { LogRecord } from "../event-log.ts";

/** A record without a value (others write those to compacted topics) has an empty one here. */
export function logRecordOf({ offset, key, value, timestamp }: KafkaMessage): LogRecord {
  return {
    offset: BigInt(offset),
    key: key === null || key === undefined ? null : key.toString("utf8"),
    value: value ?? Buffer.alloc(0),
    appendedAtMs: Number(timestamp),
  };
}
