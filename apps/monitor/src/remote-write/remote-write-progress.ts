import { join } from "node:path";
import { AppError, errorCodeOf } from "@footfall/base";
import { offsetId, type PartitionStart, partitionStarts } from "@footfall/ingest";
import type { EventLog, TopicPartition } from "@footfall/log";
import type { Logger } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { readJson, writeJson } from "../alerts/durable-json.ts";

const ProgressFile = Type.Object({ progress: Type.Record(Type.String(), Type.String({ pattern: "^\\d+$" })) });

/**
 * How far a receiver has what the log holds, in a file: a receiver stores no offsets. Whatever is lost of it costs only
 * that samples are sent again, so nothing of it ever stops the sending.
 */
export class RemoteWriteProgress {
  readonly #path: string;
  readonly #logger: Logger;

  constructor(folder: string, logger: Logger) {
    this.#path = join(folder, "remote-write.json");
    this.#logger = logger;
  }

  /** Where partitions are taken up; from the log's start where it is not known, or of another log. */
  async starts(
    log: Pick<EventLog, "offsets" | "read">,
    held: readonly TopicPartition[],
  ): Promise<readonly PartitionStart[]> {
    const progress = await this.#read();
    const starts: PartitionStart[] = [];
    for (const place of held) {
      try {
        starts.push(...(await partitionStarts(log, [place], progress)));
      } catch (error) {
        if (errorCodeOf(error) !== "LOG_REPLACED") throw error;
        this.#logger.warn({ ...place }, "remote write: the log is another one; all that it holds is sent");
        starts.push(...(await partitionStarts(log, [place], new Map())));
      }
    }
    return starts;
  }

  /**
   * @param expected  offsets that must stand there, if nobody has overtaken this writer
   * @throws AppError LAKE_WRITER_FENCED; LAKE_UNAVAILABLE, retriable, where the disk does not take it
   */
  async store(
    change: ReadonlyMap<string, bigint>,
    expected: ReadonlyMap<string, bigint | undefined>,
    held: readonly TopicPartition[],
  ): Promise<void> {
    const stored = await this.#read();
    for (const place of held) {
      const id = offsetId(place);
      // What was of another log is expected to be absent, and is not.
      const isOvertaken = expected.get(id) !== undefined && stored.get(id) !== expected.get(id);
      if (!isOvertaken) continue;
      const message = `Another monitor has moved ${id} on in ${this.#path}. Run one of a storage folder.`;
      throw new AppError("LAKE_WRITER_FENCED", message, { context: { path: this.#path } });
    }
    const progress = Object.fromEntries([...stored, ...change].map(([id, value]) => [id, String(value)]));
    try {
      await writeJson(this.#path, { progress });
    } catch (cause) {
      const message = `${this.#path} cannot be written: ${String(cause)}. Free space, or mend its permissions.`;
      throw new AppError("LAKE_UNAVAILABLE", message, { retriable: true, cause });
    }
  }

  async #read(): Promise<Map<string, bigint>> {
    const value = await readJson(this.#path).catch((error: unknown) => {
      if (error instanceof SyntaxError) return null;
      throw error;
    });
    if (value === undefined) return new Map();
    if (!Value.Check(ProgressFile, value)) {
      this.#logger.error({ path: this.#path }, "remote write: the file of its progress is damaged; all is sent again");
      return new Map();
    }
    return new Map(Object.entries(value.progress).map(([id, text]) => [id, BigInt(text)]));
  }
}
