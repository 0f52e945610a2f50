export {
  bootstrapServers,
  type KafkaCluster,
  type KafkaClusterOptions,
  type RunningBroker,
  startKafka,
  stopKafka,
  wipeKafka,
} from "./kafka-cluster.ts";
export { kafkaVersions } from "./kafka-jars.ts";
