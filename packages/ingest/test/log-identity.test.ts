import { openEmbeddedLog } from "@footfall/log/embedded";
import { type EventLog, type LogBatch } from "@footfall/log";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PartitionProgress, partitionStarts } from "../src/index.ts";

const topic = "clicks";
let folders: TemporaryFolder[];
let logs: EventLog[];
beforeEach(async () => {
  folders = await Promise.all([temporaryFolder(), temporaryFolder()]);
  logs = await Promise.all(folders.map(({ path }) => openEmbeddedLog({ folder: path })));
  for (const log of logs) await log.createTopic({ name: topic, partitions: 1 });
});
afterEach(async () => {
  for (const log of logs) await log.close();
  for (const folder of folders) await folder.remove();
});

const append = (log: EventLog, ...values: string[]) =>
  log.append(
    topic,
    values.map((value) => ({ key: null, value: Buffer.from(value) })),
  );

/** Takes in what a log holds, and stores it. */
async function takeAll(log: EventLog, progress: PartitionProgress, from: bigint): Promise<void> {
  const ends = await log.offsets(topic);
  const range = { topic, partition: 0, startOffset: from, endOffset: ends[0]!.endOffset };
  const batches: LogBatch[] = [];
  for await (const batch of log.read(range)) batches.push(batch);
  for (const batch of batches) progress.advance(batch);
  await progress.stored(progress.change());
}

describe("a log that is replaced while it is read", () => {
  it("is told at the next look, though what came last is the new log's own", async () => {
    const [old, made] = logs as [EventLog, EventLog];
    const starts = await partitionStarts(old, [{ topic, partition: 0 }], new Map());
    const progress = new PartitionProgress(starts);
    await append(old, "a", "b");
    await takeAll(old, progress, 0n);
    await progress.verify(old);
    await append(old, "c");
    await takeAll(old, progress, 2n);
    await progress.verify(old);

    await append(made, "A", "B", "C", "D");
    await takeAll(made, progress, 3n);
    await expect(progress.verify(made)).rejects.toMatchObject({ code: "LOG_REPLACED", retriable: false });
  });

  it("is told at the first look too", async () => {
    const [old, made] = logs as [EventLog, EventLog];
    const progress = new PartitionProgress(await partitionStarts(old, [{ topic, partition: 0 }], new Map()));
    await append(old, "a", "b");
    await takeAll(old, progress, 0n);

    await append(made, "A", "B", "C");
    await takeAll(made, progress, 2n);
    await expect(progress.verify(made)).rejects.toMatchObject({ code: "LOG_REPLACED" });
  });

  it("cannot be told before anything is stored", async () => {
    const [old, made] = logs as [EventLog, EventLog];
    const progress = new PartitionProgress(await partitionStarts(old, [{ topic, partition: 0 }], new Map()));
    await progress.verify(made);
  });
});
