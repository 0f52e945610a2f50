export type {
  AppendRecord,
  EventLog,
  LogBatch,
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
