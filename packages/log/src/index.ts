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
  TopicEvent,
  TopicPartition,
  TopicRetention,
  TopicSpec,
} from "./event-log.ts";
export { partitionKey } from "./assignment-teller.ts";
export { murmur2, partitionOfKey } from "./partitioner.ts";
