import type { Clock } from "@footfall/base";
import type { EventLog, LogGap } from "./event-log.ts";
import type { EmbeddedLog } from "./embedded/embedded-log.ts";
import type { KafkaObserver } from "./kafka/kafka-options.ts";
import { prefixedLog, withoutPrefix } from "./prefixed-log.ts";

/** Where the log is, as an operator sets it. Without brokers it is on the local disk. */
export interface LogSettings {
  /** `host:port`, with commas between them; empty for none. */
  readonly kafkaBrokers: string;
  readonly kafkaTls: boolean;
  readonly kafkaSaslMechanism: "" | "plain" | "scram-sha-256" | "scram-sha-512";
  readonly kafkaSaslUsername: string;
  readonly kafkaSaslPassword: string;
  /** Copies of a topic that is made here; 0 for the broker's own setting. */
  readonly kafkaReplicationFactor: number;
  /** Before the names of topics and groups in the cluster, and of its clients; empty for none. */
  readonly kafkaPrefix: string;
}

export interface OpenLogOptions {
  readonly settings: LogSettings;
  /** Of the log on the local disk. */
  readonly folder: string;
  /** How brokers name this process. */
  readonly clientId: string;
  readonly clock?: Clock;
  /** Of the log on the local disk; a broker has its own bounds for it. */
  readonly sessionTimeoutMs?: number;
  /** Told when a subscription had to skip records that retention deleted before it read them. */
  readonly onGap?: (gap: LogGap) => void;
  readonly observer?: KafkaObserver;
}

/**
 * Opens the log that the settings name, and loads nothing of the other adapter.
 * @throws AppError LOG_CORRUPT, LOG_UNAVAILABLE (local disk), CONFIG_INVALID (settings of Kafka)
 */
export async function openLog(options: OpenLogOptions): Promise<EventLog> {
  const { settings, folder, clientId, clock, sessionTimeoutMs, onGap, observer } = options;
  if (!usesKafka(settings)) {
    const { openEmbeddedLog } = await import("./embedded/embedded-log.ts");
    return openEmbeddedLog({
      folder,
      ...(clock && { clock }),
      ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }),
      ...(onGap && { onGap }),
      ...(observer && { observer }),
    });
  }
  const { openKafkaLog } = await import("./kafka/kafka-log.ts");
  const { kafkaBrokers, kafkaTls, kafkaReplicationFactor, kafkaPrefix } = settings;
  const log = await openKafkaLog({
    brokers: kafkaBrokers.split(",").map((broker) => broker.trim()),
    // Readers without a group have one that is named after it.
    clientId: `${kafkaPrefix}${clientId}`,
    ...(kafkaTls && { ssl: true }),
    ...saslOf(settings),
    ...(kafkaReplicationFactor > 0 && { replicationFactor: kafkaReplicationFactor }),
    ...(onGap && { onGap: (gap) => onGap(withoutPrefix(gap, kafkaPrefix)) }),
    ...(observer && { observer }),
  });
  return kafkaPrefix === "" ? log : prefixedLog(log, kafkaPrefix);
}

/** Opens what a collector spools to while brokers are away; undefined where the log is on the local disk itself. */
export async function openSpoolStore(settings: LogSettings, folder: string): Promise<EmbeddedLog | undefined> {
  if (!usesKafka(settings)) return undefined;
  const { openEmbeddedLog } = await import("./embedded/embedded-log.ts");
  return openEmbeddedLog({ folder });
}

function usesKafka({ kafkaBrokers }: LogSettings): boolean {
  return kafkaBrokers.trim() !== "";
}

function saslOf({
  kafkaSaslMechanism: mechanism,
  kafkaSaslUsername: username,
  kafkaSaslPassword: password,
}: LogSettings) {
  return mechanism === "" ? {} : { sasl: { mechanism, username, password } };
}
