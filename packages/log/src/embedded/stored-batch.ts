import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import type { AppendRecord, LogRecord, RecordHeaders } from "../event-log.ts";
import { decodeHeaders, headersBytes, writeHeaders } from "./stored-headers.ts";

/*
 * One stored batch, little-endian:
 *   0  u8   form: 1, or 2 where a record has a flag; then three zero bytes
 *   4  u32  CRC-32 of all bytes from 16 on; 0 = written by a Node without zlib.crc32 (before 20.15), not checked
 *   8  f64  append time, ms; one for the batch. Outside the checksum: it is known only inside the transaction
 *  16  u32  number of records
 *  20  records: i32 key length (-1: null key), u32 value length with two flags, key bytes (UTF-8), value bytes,
 *      headers (see stored-headers.ts) where the flag says so
 */
const plainForm = 1;
const flaggedForm = 2;
const nullValueFlag = 0x8000_0000;
const headersFlag = 0x4000_0000;
const lengthMask = 0x3fff_ffff;
const checkedFrom = 16;
const headerBytes = 20;
const recordHeaderBytes = 8;
const firstCapacityBytes = 8 * 1024;

const crc32: ((data: Uint8Array) => number) | undefined = zlib.crc32;

/** What a record takes in the log, in bytes. */
export function storedRecordBytes(keyLength: number, { value, headers }: AppendRecord): number {
  const plainBytes = recordHeaderBytes + keyLength + (value?.length ?? 0);
  return headers === undefined ? plainBytes : plainBytes + headersBytes(headers);
}

/** Gathers records into one stored batch. Used over and over: `clear` keeps the memory. */
export class BatchBuilder {
  #bytes = Buffer.allocUnsafeSlow(firstCapacityBytes);
  #length = headerBytes;
  #form = plainForm;
  count = 0;

  get length(): number {
    return this.#length;
  }

  /** `key` holds the key's UTF-8 bytes in its first `keyLength` bytes; a length of -1 means no key. */
  add(key: Uint8Array, keyLength: number, record: AppendRecord): void {
    const { value, headers } = record;
    const keySize = keyLength < 0 ? 0 : keyLength;
    const end = this.#length + storedRecordBytes(keySize, record);
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    let at = bytes.writeInt32LE(keyLength, this.#length);
    at = bytes.writeUInt32LE(this.#flagged(value, headers), at);
    for (let i = 0; i < keySize; i++) bytes[at + i] = key[i]!;
    at += keySize;
    if (value !== null) bytes.set(value, at);
    if (headers !== undefined) writeHeaders(headers, bytes, at + (value?.length ?? 0));
    this.#length = end;
    this.count++;
  }

  /** The length of a value, with the flags of its record. */
  #flagged(value: Uint8Array | null, headers: RecordHeaders | undefined): number {
    if (value !== null && headers === undefined) return value.length;
    this.#form = flaggedForm;
    return (value?.length ?? 0) + (value === null ? nullValueFlag : 0) + (headers === undefined ? 0 : headersFlag);
  }

  /** The finished batch; valid until the next `add` or `clear`. */
  finish(appendedAtMs: number): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    bytes.writeUInt32LE(this.#form, 0);
    bytes.writeDoubleLE(appendedAtMs, 8);
    bytes.writeUInt32LE(this.count, 16);
    bytes.writeUInt32LE(crc32 === undefined ? 0 : crc32(bytes.subarray(checkedFrom)), 4);
    return bytes;
  }

  clear(): void {
    this.#length = headerBytes;
    this.#form = plainForm;
    this.count = 0;
  }

  #grow(neededBytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

/** Number of records in a stored batch. */
export function countOfBatch(bytes: Buffer): number {
  return bytes.length < headerBytes ? 0 : bytes.readUInt32LE(16);
}

/** When a stored batch was appended, ms. */
export function appendedAtOfBatch(bytes: Buffer): number {
  return bytes.length < headerBytes ? 0 : bytes.readDoubleLE(8);
}

/**
 * The records of a stored batch; their values are views of `bytes`.
 * @returns undefined if the batch is not what was once written
 */
export function decodeBatch(bytes: Buffer, baseOffset: number): LogRecord[] | undefined {
  if (bytes.length < headerBytes) return undefined;
  const form = bytes.readUInt32LE(0);
  if (form !== plainForm && form !== flaggedForm) return undefined;
  const checksum = bytes.readUInt32LE(4);
  if (checksum !== 0 && crc32 !== undefined && crc32(bytes.subarray(checkedFrom)) !== checksum) return undefined;
  const appendedAtMs = bytes.readDoubleLE(8);
  const count = bytes.readUInt32LE(16);
  const records: LogRecord[] = [];
  let at = headerBytes;
  for (let i = 0; i < count; i++) {
    if (at + recordHeaderBytes > bytes.length) return undefined;
    const keyLength = bytes.readInt32LE(at);
    const flaggedLength = bytes.readUInt32LE(at + 4);
    const keyStart = at + recordHeaderBytes;
    const valueStart = keyLength < 0 ? keyStart : keyStart + keyLength;
    at = valueStart + (flaggedLength & lengthMask);
    if (at > bytes.length) return undefined;
    const record = {
      offset: BigInt(baseOffset + i),
      key: keyLength < 0 ? null : bytes.toString("utf8", keyStart, valueStart),
      value: flaggedLength >= nullValueFlag ? null : bytes.subarray(valueStart, at),
      appendedAtMs,
    };
    if ((flaggedLength & headersFlag) === 0) {
      records.push(record);
      continue;
    }
    const headers = decodeHeaders(bytes, at);
    if (headers === undefined) return undefined;
    at = headers.endsAt;
    records.push({ ...record, headers: headers.headers });
  }
  return records;
}
