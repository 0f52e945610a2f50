import { Buffer } from "node:buffer";

const headBytes = 32;

/**
 * What a topic knows of its partitions, in one small value: per partition the first kept offset, the next free offset,
 * the bytes of its batches and the last append time, each a little-endian double (exact up to 2^53).
 */
export class PartitionHeads {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  static empty(partitions: number): PartitionHeads {
    return new PartitionHeads(Buffer.alloc(partitions * headBytes));
  }

  get partitions(): number {
    return this.bytes.length / headBytes;
  }

  startOffset(partition: number): number {
    return this.bytes.readDoubleLE(partition * headBytes);
  }

  nextOffset(partition: number): number {
    return this.bytes.readDoubleLE(partition * headBytes + 8);
  }

  storedBytes(partition: number): number {
    return this.bytes.readDoubleLE(partition * headBytes + 16);
  }

  lastAppendedAtMs(partition: number): number {
    return this.bytes.readDoubleLE(partition * headBytes + 24);
  }

  /** Notes a batch at the end. */
  grow(partition: number, records: number, bytes: number, appendedAtMs: number): void {
    const at = partition * headBytes;
    this.bytes.writeDoubleLE(this.nextOffset(partition) + records, at + 8);
    this.bytes.writeDoubleLE(this.storedBytes(partition) + bytes, at + 16);
    this.bytes.writeDoubleLE(appendedAtMs, at + 24);
  }

  /** Notes that everything before `startOffset`, and so many bytes of batches, is gone. */
  shrink(partition: number, startOffset: number, bytes: number): void {
    const at = partition * headBytes;
    this.bytes.writeDoubleLE(startOffset, at);
    this.bytes.writeDoubleLE(this.storedBytes(partition) - bytes, at + 16);
  }
}
