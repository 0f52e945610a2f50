export { acceptLog, type AcceptedPartition } from "./accept-log.ts";
export { type BadRow, isFaultOfRows, writeWithoutBadRows } from "./bad-rows.ts";
export { appendDeadLetters, type DeadLetter, deadLetterTopicOf } from "./dead-letters.ts";
export { follow, type Follower, type FollowSpec } from "./follow.ts";
export { ingest, type Ingest } from "./ingest.ts";
export type { IngestSpec, PartitionState, Persist } from "./ingest-spec.ts";
export type { ContactOptions } from "./log-contact.ts";
export { offsetId, PartitionProgress, type PartitionStart, partitionStarts } from "./partition-progress.ts";
export type { SenderPosition } from "./sender-positions.ts";
export {
  type Decoded,
  type IngestedCounts,
  openTableIngest,
  type TableIngestOptions,
  type TableIngestSpec,
} from "./table-ingest.ts";
export { StagedLines, stagedLinesIn } from "./staged-lines.ts";
