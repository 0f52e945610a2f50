import { AppError } from "@footfall/base";
import type { AppendRecord } from "../event-log.ts";
import { recordBytes } from "../record-bytes.ts";

/** Counts what all topics of a spool take, so that their sum stays bounded. */
export class SpoolRoom {
  readonly bytesMax: number;
  readonly #storedBytes: () => number;
  #pendingBytes = 0;
  #isFull = false;

  /** @param storedBytes  what the disk holds now */
  constructor(bytesMax: number, storedBytes: () => number) {
    this.bytesMax = bytesMax;
    this.#storedBytes = storedBytes;
  }

  /** Bytes of records on disk or on their way there. */
  get bytes(): number {
    return this.#storedBytes() + this.#pendingBytes;
  }

  /** Whether records were refused and none has gone since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** @throws AppError LOG_UNAVAILABLE (retriable) past the bound */
  take(bytes: number): void {
    const spoolBytes = this.bytes;
    if (spoolBytes + bytes <= this.bytesMax) {
      this.#pendingBytes += bytes;
      return;
    }
    this.#isFull = true;
    const message =
      `The log does not answer, and the spool on disk holds ${spoolBytes} of at most ${this.bytesMax} bytes. ` +
      "Send the same batch again after Retry-After.";
    throw new AppError("LOG_UNAVAILABLE", message, {
      retriable: true,
      context: { spoolBytes, spoolBytesMax: this.bytesMax },
    });
  }

  /** The bytes are on disk, or came to nothing. */
  settle(bytes: number): void {
    this.#pendingBytes -= bytes;
  }

  /** Something was deleted. */
  makeRoom(): void {
    this.#isFull = false;
  }
}

export function bytesOf(records: readonly AppendRecord[]): number {
  return records.reduce((bytes, record) => bytes + recordBytes(record), 0);
}
