import { Buffer } from "node:buffer";
import type { AppendRecord } from "./event-log.ts";

/** Bytes of a record's key, value and headers. */
export function recordBytes({ key, value, headers }: AppendRecord): number {
  let bytes = (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0);
  if (headers === undefined) return bytes;
  for (const [name, header] of headers) bytes += Buffer.byteLength(name) + header.length;
  return bytes;
}
