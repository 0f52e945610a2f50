import { Buffer } from "node:buffer";
import { promisify } from "node:util";
import { deflateRaw, inflateRawSync } from "node:zlib";
import type { LogEntry } from "@footfall/service-logs";
import type { IndexedEntry } from "../log-index.ts";

const deflate = promisify(deflateRaw);

/** More would compress little better and cost every read of one entry. */
export const blockCharsMax = 64 * 1024;
/** Measured on web logs: higher levels cost twice the time for a tenth less. */
const deflateLevel = 3;

/** Rows `firstRow` to `firstRow + rows - 1` of a segment, in the order of arrival. */
export interface BlockHead {
  readonly id: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** A block that is being filled. */
export interface OpenBlock {
  readonly id: number;
  readonly firstRow: number;
  readonly lines: string[];
  chars: number;
  readonly times: number[];
  readonly severities: number[];
}

/** What is read of a block without unpacking its entries. */
export interface BlockColumns {
  timeMs(at: number): number;
  severity(at: number): number;
}

export function addToBlock(block: OpenBlock, { partition, offset, entry }: IndexedEntry): void {
  const line = JSON.stringify([partition, String(offset), entry]);
  block.lines.push(line);
  block.chars += line.length + 1;
  block.times.push(entry.occurredAtMs);
  block.severities.push(entry.severityNumber);
}

export function headOf({ id, firstRow, times }: OpenBlock): BlockHead {
  let [minMs, maxMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const timeMs of times) {
    if (timeMs < minMs) minMs = timeMs;
    if (timeMs > maxMs) maxMs = timeMs;
  }
  return { id, firstRow, rows: times.length, minMs, maxMs };
}

/** Compresses beside the event loop. */
export async function packLines({ lines }: OpenBlock): Promise<Buffer> {
  return deflate(lines.join("\n"), { level: deflateLevel });
}

/** Times since the block's first one as 32 bits each, then severities as 8 bits each; a block lies within one day. */
export function packColumns({ times, severities }: OpenBlock, { minMs }: BlockHead): Buffer {
  const bytes = Buffer.allocUnsafe(times.length * 5);
  for (const [at, timeMs] of times.entries()) bytes.writeUInt32LE(timeMs - minMs, at * 4);
  for (const [at, severity] of severities.entries()) bytes[times.length * 4 + at] = severity;
  return bytes;
}

export function readColumns(bytes: Buffer, { minMs, rows }: BlockHead): BlockColumns {
  return {
    timeMs: (at) => minMs + bytes.readUInt32LE(at * 4),
    severity: (at) => bytes[rows * 4 + at]!,
  };
}

export function unpackLines(packed: Uint8Array): string[] {
  return inflateRawSync(packed).toString("utf8").split("\n");
}

export function readLine(line: string): IndexedEntry {
  const [partition, offset, entry] = JSON.parse(line) as [number, string, LogEntry];
  return { partition, offset: BigInt(offset), entry };
}
