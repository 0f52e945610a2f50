import { Buffer } from "node:buffer";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { LogEntry } from "@footfall/service-logs";
import type { IndexedEntry } from "../log-index.ts";

/** More would compress little better and cost every read of one entry. */
export const blockCharsMax = 32 * 1024;
/** Room for a block at once: pieces cost as much again as the unpacking. */
const inflatedBytesUsual = blockCharsMax + 16 * 1024;
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
  /** As JSON, on lines of their own: most searches look into them alone. */
  readonly bodies: string[];
  /** Places and the other fields, as JSON. */
  readonly rests: string[];
  chars: number;
  readonly times: number[];
  readonly severities: number[];
}

/** What is read of a block without unpacking its entries. */
export interface BlockColumns {
  timeMs(at: number): number;
  severity(at: number): number;
}

/** What is stored of an entry beside its body, in this order. */
const storedFields = Object.keys({
  occurredAtMs: true,
  observedAtMs: true,
  severityNumber: true,
  severityText: true,
  service: true,
  instance: true,
  host: true,
  traceId: true,
  spanId: true,
  attributes: true,
  source: true,
} satisfies Record<Exclude<keyof LogEntry, "body">, true>) as Exclude<keyof LogEntry, "body">[];

export function addToBlock(block: OpenBlock, { partition, offset, entry }: IndexedEntry): void {
  const bodyText = JSON.stringify(entry.body);
  const rest: unknown[] = [partition, String(offset)];
  for (const field of storedFields) rest.push(entry[field]);
  const restText = JSON.stringify(rest);
  block.bodies.push(bodyText);
  block.rests.push(restText);
  block.chars += bodyText.length + restText.length + 2;
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

export function packEntries({ bodies, rests }: OpenBlock): Buffer {
  return deflateRawSync(`${bodies.join("\n")}\n${rests.join("\n")}`, { level: deflateLevel });
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

/** The entries of a block by row, each read only when it is asked for. */
export class BlockEntries {
  /** The bodies, then the rests. */
  readonly #lines: readonly string[];

  /** @throws if it is damaged, as the methods do */
  constructor(packed: Uint8Array) {
    this.#lines = inflateRawSync(packed, { chunkSize: inflatedBytesUsual }).toString("utf8").split("\n");
  }

  get rows(): number {
    return this.#lines.length / 2;
  }

  body(row: number): string {
    const text = this.#lines[row]!;
    return text.includes("\\") ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  entry(row: number): IndexedEntry {
    const rest = JSON.parse(this.#lines[this.rows + row]!) as unknown[];
    const [partition, offset] = rest as [number, string];
    const entry: Record<string, unknown> = { body: this.body(row) };
    for (const [at, field] of storedFields.entries()) if (rest[at + 2] !== null) entry[field] = rest[at + 2];
    return { partition, offset: BigInt(offset), entry: entry as unknown as LogEntry };
  }
}
