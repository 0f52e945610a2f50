import type { ConnectionOptions } from "node:tls";
import type { AppError, Clock, Random } from "@footfall/base";
import type { SASLOptions } from "kafkajs";
import type { LogGap, TopicEvent } from "../event-log.ts";

/** What happens below the port, for an app's metrics and log lines. */
export type KafkaLogEvent =
  | TopicEvent
  /** A call failed and is made again. */
  | { readonly kind: "retry"; readonly call: string; readonly error: AppError }
  /** The producer was given up for a new one; what it had under way may be there twice. */
  | { readonly kind: "producer-rebuilt"; readonly reason: string }
  /** The consumer of a subscription stopped or fell silent and is made anew. */
  | { readonly kind: "consumer-rebuilt"; readonly topic: string; readonly group: string; readonly reason: string }
  /** The group shared its partitions out again; `partitions` are those of this member. */
  | {
      readonly kind: "rebalance";
      readonly topic: string;
      readonly group: string;
      readonly partitions: readonly number[];
    }
  /** A line that the client library would have logged. */
  | { readonly kind: "client-log"; readonly level: "error" | "warn"; readonly message: string };

export type KafkaObserver = (event: KafkaLogEvent) => void;

export interface KafkaLogOptions {
  /** `host:port` of brokers to ask first; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** How the brokers' logs and quotas name this process. */
  readonly clientId: string;
  /** TLS: `true` for the system's certificate authorities, or Node's options. Default: none. */
  readonly ssl?: ConnectionOptions | boolean;
  /** PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, AWS or OAUTHBEARER. Default: none. */
  readonly sasl?: SASLOptions;
  /** Copies of a new topic. Default: the broker's own setting. */
  readonly replicationFactor?: number;
  /** Of what is appended. Default gzip. */
  readonly compression?: "gzip" | "none";
  /** Most bytes of one record's key and value. The broker takes 1 MiB with its overhead. Default 1,000,000. */
  readonly recordBytesMax?: number;
  /** Most bytes waiting to be appended. Default 64 MiB. */
  readonly pendingBytesMax?: number;
  /** Most records waiting to be appended. Default 200,000. */
  readonly pendingRecordsMax?: number;
  /** How long an append, or any other call, is tried before LOG_UNAVAILABLE. Default 30 s. */
  readonly appendTimeoutMs?: number;
  /** After this long without a sign of life a member loses its partitions. Default 10 s; brokers take 6 s or more. */
  readonly sessionTimeoutMs?: number;
  /** Told when a subscription had to skip records that retention deleted before it read them. */
  readonly onGap?: (gap: LogGap) => void;
  readonly observer?: KafkaObserver;
  /** Measures time-outs; must not jump. Default: the process's monotonic clock. */
  readonly clock?: Clock;
  /** Spreads retries. Default: `Math.random`. */
  readonly random?: Random;
}

/** The options with their defaults. */
export type KafkaSettings = ReturnType<typeof settingsOf>;

export function settingsOf(options: KafkaLogOptions) {
  return {
    brokers: options.brokers,
    clientId: options.clientId,
    ssl: options.ssl,
    sasl: options.sasl,
    replicationFactor: options.replicationFactor,
    compression: options.compression ?? "gzip",
    recordBytesMax: options.recordBytesMax ?? 1_000_000,
    pendingBytesMax: options.pendingBytesMax ?? 64 * 1024 * 1024,
    pendingRecordsMax: options.pendingRecordsMax ?? 200_000,
    appendTimeoutMs: options.appendTimeoutMs ?? 30_000,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    onGap: options.onGap ?? (() => {}),
    observe: options.observer ?? (() => {}),
    clock: options.clock ?? (() => performance.now()),
    random: options.random ?? Math.random,
  };
}
