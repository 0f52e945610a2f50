import { logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import { kafkaConfigOf } from "../src/kafka/kafka-client.ts";
import { type KafkaLogEvent, settingsOf } from "../src/kafka/kafka-options.ts";

const base = { brokers: ["a:1", "b:2", "c:3"], clientId: "collector" };

describe("what the client library is told", () => {
  it("has TLS and SASL as they were set, and neither by default", () => {
    expect(kafkaConfigOf(settingsOf(base))).not.toHaveProperty("ssl");
    expect(kafkaConfigOf(settingsOf(base))).not.toHaveProperty("sasl");
    const sasl = { mechanism: "scram-sha-512", username: "shop", password: "secret" } as const;
    const ssl = { ca: "certificate", servername: "kafka.example" };
    const config = kafkaConfigOf(settingsOf({ ...base, ssl, sasl }));
    expect(config).toMatchObject({ ssl, sasl, clientId: "collector" });
    expect(config.sasl).not.toBe(sasl); // kafkajs writes into it
  });

  it("begins with any of the brokers, since the first may be the one that hangs", () => {
    const firstOf = (random: number): unknown => kafkaConfigOf(settingsOf({ ...base, random: () => random })).brokers;
    expect(firstOf(0)).toEqual(["a:1", "b:2", "c:3"]);
    expect(firstOf(0.5)).toEqual(["b:2", "c:3", "a:1"]);
    expect(firstOf(0.99)).toEqual(["c:3", "a:1", "b:2"]);
  });

  it("sends its log lines to the observer", () => {
    const events: KafkaLogEvent[] = [];
    const config = kafkaConfigOf(settingsOf({ ...base, observer: (event) => void events.push(event) }));
    const log = { timestamp: "", message: "no coordinator" };
    config.logCreator!(config.logLevel!)({ namespace: "Consumer", level: logLevel.ERROR, label: "ERROR", log });
    expect(events).toEqual([{ kind: "client-log", level: "error", message: "Consumer: no coordinator" }]);
  });

  it("says why a broker refused a request", () => {
    const messages: unknown[] = [];
    const observer = (event: KafkaLogEvent): void => void messages.push("message" in event && event.message);
    const config = kafkaConfigOf(settingsOf({ ...base, observer }));
    const log = { timestamp: "", message: "Response Fetch(key: 1)", error: "not the leader", broker: "a:1", size: 7 };
    config.logCreator!(config.logLevel!)({ namespace: "Connection", level: logLevel.ERROR, label: "ERROR", log });
    expect(messages).toEqual(["Connection: Response Fetch(key: 1): not the leader (a:1)"]);
  });
});
