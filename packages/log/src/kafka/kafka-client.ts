import { isIP, connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AppError } from "@footfall/base";
import { Kafka, type KafkaConfig, type LogEntry, logLevel } from "kafkajs";
import { installGzipCodec } from "./gzip-codec.ts";
import type { KafkaSettings } from "./kafka-options.ts";
import { installRequestQueueTimer } from "./request-queue-timer.ts";
import { installStoppedRunner } from "./stopped-runner.ts";
import { withDeadline } from "./retry.ts";

/** kafkajs tries little by itself, since it keeps to what it knew; we try again from outside, with new clients. */
export const libraryRetry = { retries: 2, initialRetryTime: 100, maxRetryTime: 500, factor: 0.2, multiplier: 2 };
export const requestTimeoutMs = 3000;
const connectTimeoutMs = 1000;
const orderlyEndMsMax = 3000;
const keepAliveMs = 60_000;

installGzipCodec();
installRequestQueueTimer();
installStoppedRunner();

/**
 * One kafkajs client whose sockets can be cut: kafkajs waits for ever for answers over a connection that is being
 * closed, and never leaves one that has stopped answering.
 */
export class KafkaClient {
  readonly kafka: Kafka;
  readonly config: KafkaConfig;
  readonly #sockets = new Map<Socket, string>();
  #isEnded = false;

  constructor(settings: KafkaSettings) {
    this.config = {
      // What kafkajs has to say of connections that were cut at the end is of no use to anyone.
      ...kafkaConfigOf({ ...settings, observe: (event) => void (this.#isEnded || settings.observe(event)) }),
      socketFactory: (target) => {
        if (this.#isEnded) throw new AppError("LOG_CLOSED", "This client has ended.");
        const socket = openSocket(target);
        this.#sockets.set(socket, `${target.host}:${target.port}`);
        socket.once("close", () => this.#sockets.delete(socket));
        return socket;
      },
    };
    this.kafka = new Kafka(this.config);
  }

  /**
   * Cuts the connections to a broker that has left a request unanswered: kafkajs would ask again over the same ones,
   * however dead they are. What waits for an answer fails now, and the next request connects anew.
   */
  cut(broker: string): void {
    for (const [socket, peer] of this.#sockets) if (peer === broker) socket.destroy(cutError());
  }

  /** Ends in order where that works in time, by force where it does not. Never rejects. */
  async end(disconnect: () => Promise<unknown>): Promise<void> {
    try {
      await withDeadline(disconnect(), orderlyEndMsMax, "the end of a connection");
    } catch {
      // What does not end in order is ended by force.
    } finally {
      this.abort();
    }
  }

  /**
   * Ends at once and for good. The sockets end with an error: a connection that kafkajs opened while it was
   * disconnecting has a timer that goes on until an error stops it.
   */
  abort(): void {
    this.#isEnded = true;
    for (const socket of this.#sockets.keys()) socket.destroy(cutError());
  }
}

function cutError(): Error {
  return new Error("cut, since it did not answer");
}

/** What kafkajs is told about the cluster. */
export function kafkaConfigOf({ brokers, clientId, ssl, sasl, observe, random }: KafkaSettings): KafkaConfig {
  // kafkajs asks the first one, and stays with it also where it takes connections and does not answer.
  const first = Math.floor(random() * brokers.length);
  return {
    brokers: [...brokers.slice(first), ...brokers.slice(0, first)],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    // A copy: kafkajs notes in it how it logs in, with the password of that time.
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: libraryRetry,
    logLevel: logLevel.WARN,
    logCreator: () => (entry: LogEntry) => {
      const level = entry.level === logLevel.ERROR ? "error" : "warn";
      observe({ kind: "client-log", level, message: messageOf(entry) });
    },
  };
}

/** What kafkajs logs of a broker's answer names only the request: the reason, and the broker, stand beside it. */
function messageOf({ namespace, log }: LogEntry): string {
  const { message, error, broker } = log as LogEntry["log"] & { readonly error?: unknown; readonly broker?: unknown };
  const reason = typeof error === "string" && !message.includes(error) ? `: ${error}` : "";
  return `${namespace}: ${message}${reason}${typeof broker === "string" ? ` (${broker})` : ""}`;
}

type SocketTarget = Parameters<NonNullable<KafkaConfig["socketFactory"]>>[0];

function openSocket({ host, port, ssl, onConnect }: SocketTarget): Socket {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl ? connectTls({ host, port, ...name, ...ssl }, onConnect) : connectTcp({ host, port }, onConnect);
  return socket.setKeepAlive(true, keepAliveMs);
}
