export type {
  AppendRecord,
  EventLog,
  LogBatch,
  LogGap,
  LogRecord,
  OffsetRange,
  PartitionOffsets,
  RecordPlace,
  StartPosition,
  SubscribeOptions,
  Subscription,
  TopicSpec,
} from "./event-log.ts";
export { murmur2, partitionOfKey } from "./partitioner.ts";
