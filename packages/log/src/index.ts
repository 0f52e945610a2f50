export type {
  AppendRecord,
  Assignment,
  EventLog,
  LogBatch,
  LogGap,
  LogRecord,
  OffsetRange,
  PartitionOffset,
  PartitionOffsets,
  RecordHeaders,
  RecordPlace,
  StartPosition,
  SubscribeOptions,
  Subscription,
  TopicPartition,
  TopicSpec,
} from "./event-log.ts";
export { murmur2, partitionOfKey } from "./partitioner.ts";
