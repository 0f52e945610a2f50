import { createHash } from "node:crypto";
import { AppError } from "@footfall/base";
import type { EventLog, LogRecord, TopicPartition } from "@footfall/log";

/** A record that a sink has stored the offsets of: the one before offset `next`. */
export interface RecordMark extends TopicPartition {
  readonly next: bigint;
  /** See `recordFingerprint`. */
  readonly fingerprint: bigint;
}

/** Whole numbers of so many bytes are exact wherever progress is read. */
const fingerprintBytes = 6;

/**
 * Tells a record from any other at its offset: of SHA-256 over append time, key and value the first 48 bits. Never 0.
 * Topics have no identity that every broker and client tells, and one that was deleted and made again counts its
 * offsets from 0 anew: without this, a reader would wait until the new one reaches its old offset, and go on there.
 */
export function recordFingerprint({ appendedAtMs, key, value }: LogRecord): bigint {
  const hash = createHash("sha256").update(JSON.stringify([appendedAtMs, key, value === null]));
  if (value !== null) hash.update(value);
  return BigInt(hash.digest().readUIntBE(0, fingerprintBytes)) || 1n;
}

/**
 * Looks whether the log still holds the record, as far as that can be told: retention may have deleted it.
 * @throws AppError LOG_REPLACED
 */
export async function requireSameLog(
  log: Pick<EventLog, "offsets" | "read">,
  mark: Omit<RecordMark, "fingerprint"> & { readonly fingerprint: bigint | undefined },
): Promise<void> {
  const { topic, partition, next, fingerprint } = mark;
  const range = (await log.offsets(topic))[partition];
  if (range === undefined || range.endOffset < next) throw replaced(mark, `ends at ${range?.endOffset ?? 0n}`);
  if (range.startOffset >= next || fingerprint === undefined) return;
  for await (const { records } of log.read({ topic, partition, startOffset: next - 1n, endOffset: next })) {
    const [record] = records;
    if (record?.offset !== next - 1n || recordFingerprint(record) === fingerprint) return;
    throw replaced(mark, "holds another record there");
  }
}

function replaced({ topic, partition, next }: Omit<RecordMark, "fingerprint">, how: string): AppError {
  const message =
    `Everything before offset ${next} of ${topic}/${partition} is in the lake, but the log ${how}: it was deleted and ` +
    "made again, or has lost records. Nothing more is read, so that nothing is passed over. If the new log is the right " +
    "one, run `npm run lake -- accept-log`: it is then read from its start.";
  return new AppError("LOG_REPLACED", message, { context: { topic, partition, offset: next } });
}
