import { schemasTopic, transactionsTopic } from "@footfall/changes";
import type { Client } from "pg";
import { ChangeStream } from "../postgres/change-stream.ts";
import { connectClient, sourceError } from "../postgres/connect.ts";
import { readUnseen } from "../postgres/unseen-transactions.ts";
import type { CaptureMemory, CaptureOptions } from "./capture-options.ts";
import { CaptureSession } from "./capture-session.ts";
import { prepareSource } from "./prepare-source.ts";

/**
 * Captures until the signal comes or something fails. Whatever it opened is closed then.
 * @throws AppError CDC_SOURCE_UNAVAILABLE (retriable), CDC_SLOT_LOST, CDC_TABLE_REFUSED, CDC_PROGRESS_CORRUPT, or the
 *   log's
 */
export async function runSession(options: CaptureOptions, memory: CaptureMemory, signal: AbortSignal): Promise<void> {
  const catalogue = await connectClient(options.config);
  let copying: Client | undefined;
  let stream: ChangeStream | undefined;
  try {
    copying = await connectClient(options.config);
    const { isResnapshot } = memory;
    const source = await prepareSource({ ...options, client: catalogue, isResnapshot });
    if (isResnapshot) Object.assign(memory, { isResnapshot: false, appendedLsn: 0n });
    const topicPartitions = await createTopics(
      options,
      source.tables.map(({ topic }) => topic),
    );
    const { inProgress } = await readUnseen(catalogue);
    const startLsn = BigInt(source.progress.confirmedLsn);
    stream = new ChangeStream({ ...options, startLsn });
    const session = new CaptureSession({
      ...options,
      ...source,
      catalogue,
      copying,
      stream,
      inProgress,
      memory,
      topicPartitions,
    });
    await session.run(signal);
  } catch (error) {
    throw sourceError(error, "the capture");
  } finally {
    await stream?.close();
    for (const client of [catalogue, copying]) await client?.end().catch(() => {});
  }
}

/** @returns the partitions of each table's topic: one that was there keeps its own */
async function createTopics(
  { log, partitions }: CaptureOptions,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  // Few, and of use in their order.
  for (const name of [schemasTopic, transactionsTopic]) await log.createTopic({ name, partitions: 1 });
  const made = new Map<string, number>();
  for (const name of topics) {
    await log.createTopic({ name, partitions });
    made.set(name, (await log.offsets(name)).length);
  }
  return made;
}
