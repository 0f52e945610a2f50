import { join } from "node:path";
import { bootstrapServers, kafkaVersions, startKafka, stopKafka } from "@footfall/testkit/kafka";

/** Releases of the broker that have been tried, the newest first. */
export const brokerVersions = kafkaVersions;

/** A Kafka broker for one demo, which keeps its data in the demo's folder. */
export interface OwnBroker {
  /** `host:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** @throws AppError TOOL_MISSING  no Java or no Maven; LOG_UNAVAILABLE  it did not start */
export async function startOwnBroker(storageDir: string, version: string): Promise<OwnBroker> {
  const folder = join(storageDir, "kafka");
  const cluster = await startKafka({ jarsFolder: ".kafka", folder, version, brokers: 1 });
  return { address: bootstrapServers(cluster).join(","), stop: async () => void (await stopKafka(folder)) };
}
