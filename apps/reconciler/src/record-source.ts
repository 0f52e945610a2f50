import type { Side, SourceRecord } from "@footfall/comparison";

/** A file, or a partition of a topic, read to the end that it had when it was opened. */
export interface RecordSource {
  readonly side: Side;
  readonly name: string;
  /** The next records; undefined at the end. */
  next(): Promise<readonly SourceRecord[] | undefined>;
  close(): Promise<void>;
}
