import { errorCodeOf } from "@footfall/base";
import type { LakeTable } from "@footfall/lake";
import type { EventLog, TopicPartition } from "@footfall/log";
import { fingerprintId, offsetId, partitionStarts } from "./partition-progress.ts";

/** A partition that is read from its start again. */
export interface AcceptedPartition extends TopicPartition {
  /** Where the lake had been in the log before. */
  readonly from: bigint;
  /** Where it goes on. */
  readonly to: bigint;
}

/**
 * Takes the log as it is for the one that a table goes on from: partitions whose stored offset is of another log are
 * read from their start. What the table holds stays; event ids tell what comes once more.
 * @returns the partitions that were of another log
 * @throws AppError LAKE_WRITER_FENCED  somebody else has moved the table on
 */
export async function acceptLog(
  log: Pick<EventLog, "offsets" | "read">,
  table: LakeTable,
  topic: string,
): Promise<readonly AcceptedPartition[]> {
  const { progress } = await table.snapshot();
  const accepted: AcceptedPartition[] = [];
  for (const [partition, { startOffset }] of (await log.offsets(topic)).entries()) {
    const from = progress.get(offsetId({ topic, partition }));
    if (from === undefined || (await isSameLog(log, { topic, partition }, progress))) continue;
    accepted.push({ topic, partition, from, to: startOffset });
  }
  if (accepted.length === 0) return [];
  await table.commit({
    add: [],
    progress: new Map(accepted.flatMap((place) => [[offsetId(place), place.to] as const, [fingerprintId(place), 0n]])),
    expectedProgress: new Map(accepted.map((place) => [offsetId(place), place.from])),
    operation: "accept log",
  });
  return accepted;
}

async function isSameLog(
  log: Pick<EventLog, "offsets" | "read">,
  place: TopicPartition,
  progress: ReadonlyMap<string, bigint>,
): Promise<boolean> {
  try {
    await partitionStarts(log, [place], progress);
    return true;
  } catch (error) {
    if (errorCodeOf(error) !== "LOG_REPLACED") throw error;
    return false;
  }
}
