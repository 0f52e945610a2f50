export { LatestPositions } from "./latest-positions.ts";
export { openReplicate, type ReplicatedCounts, type ReplicateOptions } from "./replicate.ts";
export {
  type ExpectedReplicaProgress,
  type PlacedChange,
  RefusedChangeError,
  type Replica,
  type ReplicaProgress,
} from "./replica.ts";
