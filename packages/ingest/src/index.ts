export { type BadRow, writeWithoutBadRows } from "./bad-rows.ts";
export { follow, type Follower, type FollowSpec } from "./follow.ts";
export { ingest, type Ingest, type IngestSpec, type PartitionState, type Persist } from "./ingest.ts";
export { offsetId, PartitionProgress, type PartitionStart, partitionStarts } from "./partition-progress.ts";
export { StagedLines } from "./staged-lines.ts";
