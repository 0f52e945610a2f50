import { Buffer } from "node:buffer";
import type { RecordHeaders } from "../event-log.ts";

/*
 * Headers of a stored record, little-endian: u32 number of headers; each u32 name length, u32 value length, name bytes
 * (UTF-8), value bytes.
 */
const countBytes = 4;
const entryBytes = 8;

export function headersBytes(headers: RecordHeaders): number {
  let bytes = countBytes;
  for (const [name, value] of headers) bytes += entryBytes + Buffer.byteLength(name) + value.length;
  return bytes;
}

export function writeHeaders(headers: RecordHeaders, bytes: Buffer, start: number): void {
  let at = bytes.writeUInt32LE(headers.size, start);
  for (const [name, value] of headers) {
    const nameLength = Buffer.byteLength(name);
    at = bytes.writeUInt32LE(nameLength, at);
    at = bytes.writeUInt32LE(value.length, at);
    at += bytes.write(name, at, nameLength, "utf8");
    bytes.set(value, at);
    at += value.length;
  }
}

/** @returns the headers, and where they end; undefined if they are not what was once written */
export function decodeHeaders(
  bytes: Buffer,
  start: number,
): { readonly headers: RecordHeaders; readonly endsAt: number } | undefined {
  if (start + countBytes > bytes.length) return undefined;
  const count = bytes.readUInt32LE(start);
  const headers = new Map<string, Buffer>();
  let at = start + countBytes;
  for (let i = 0; i < count; i++) {
    if (at + entryBytes > bytes.length) return undefined;
    const nameStart = at + entryBytes;
    const valueStart = nameStart + bytes.readUInt32LE(at);
    const valueEnd = valueStart + bytes.readUInt32LE(at + 4);
    if (valueEnd > bytes.length) return undefined;
    headers.set(bytes.toString("utf8", nameStart, valueStart), bytes.subarray(valueStart, valueEnd));
    at = valueEnd;
  }
  return { headers, endsAt: at };
}
