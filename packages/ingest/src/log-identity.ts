import { createHash } from "node:crypto";
import { AppError } from "@footfall/base";
import type { EventLog, LogRecord, TopicPartition } from "@footfall/log";

/** A record that a sink has stored the offsets of: the one before offset `next`. */
export interface RecordMark extends TopicPartition {
  readonly next: bigint;
  /** See `recordFingerprint`. */
  readonly fingerprint: bigint;
}

/** Bits of the offset in a fingerprint. With the 32 of the hash it is exact wherever progress is read. */
const offsetBits = 20n;
const offsetMask = (1n << offsetBits) - 1n;

/**
 * Tells a record from any other at its offset: 32 bits of SHA-256 over append time, key and value, then the last bits
 * of the offset, so that one that an older program left behind is not taken for that of a later record. Never 0.
 * Topics have no identity that every broker and client tells, and one that was deleted and made again counts its
 * offsets from 0 anew: without this, a reader would wait until the new one reaches its old offset, and go on there.
 */
export function recordFingerprint({ offset, appendedAtMs, key, value }: LogRecord): bigint {
  const hash = createHash("sha256").update(JSON.stringify([appendedAtMs, key, value === null]));
  if (value !== null) hash.update(value);
  return (BigInt(hash.digest().readUInt32BE(0) || 1) << offsetBits) | (offset & offsetMask);
}

/** Whether a fingerprint is that of a record at the offset. */
export function isFingerprintAt(fingerprint: bigint, offset: bigint): boolean {
  return fingerprint !== 0n && (fingerprint & offsetMask) === (offset & offsetMask);
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
