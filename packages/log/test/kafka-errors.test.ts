import { AppError } from "@footfall/base";
import { KafkaJSError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from "kafkajs";
import { describe, expect, it } from "vitest";
import { fromKafkaError, isOutOfGroup, isProducerSpent, isTopicUnknown } from "../src/kafka/kafka-errors.ts";

/** As kafkajs gives it after its own attempts. */
function answered(type: string): Error {
  const answer = new KafkaJSProtocolError(Object.assign(new Error(`the broker said ${type}`), { type, code: 1 }));
  return new KafkaJSNumberOfRetriesExceeded(answer, { retryCount: 3, retryTime: 100 });
}

describe("errors of Kafka", () => {
  it.each([
    ["UNKNOWN_TOPIC_OR_PARTITION", "LOG_TOPIC_UNKNOWN", false],
    ["MESSAGE_TOO_LARGE", "LOG_RECORD_TOO_LARGE", false],
    ["TOPIC_AUTHORIZATION_FAILED", "LOG_UNAVAILABLE", false],
    ["SASL_AUTHENTICATION_FAILED", "LOG_UNAVAILABLE", false],
    ["INVALID_CONFIG", "CONFIG_INVALID", false],
    ["NOT_LEADER_FOR_PARTITION", "LOG_UNAVAILABLE", true],
    ["NOT_ENOUGH_REPLICAS", "LOG_UNAVAILABLE", true],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", "LOG_UNAVAILABLE", true],
  ])("translates %s, however deep it lies", (type, code, retriable) => {
    const error = fromKafkaError(answered(type), { topic: "clicks" });
    expect(error).toMatchObject({ code, retriable, context: { topic: "clicks" } });
    expect(error.message).toContain(code === "LOG_TOPIC_UNKNOWN" ? "clicks" : type);
  });

  it("lets ours pass, and takes broken connections and what confuses kafkajs for passing", () => {
    const ours = new AppError("LOG_CLOSED", "closed");
    expect(fromKafkaError(ours, {})).toBe(ours);
    expect(fromKafkaError(new KafkaJSError("Closed connection"), {}).retriable).toBe(true);
    expect(fromKafkaError(undefined, {}).retriable).toBe(true);
    expect(fromKafkaError(new TypeError("no connectionPool"), {}).retriable).toBe(true);
  });

  it("tells a refused login from one that was cut short", () => {
    const login = (message: string) => Object.assign(new Error(message), { name: "KafkaJSSASLAuthenticationError" });
    const refused = login("SASL PLAIN authentication failed: Authentication failed: Invalid username or password");
    expect(fromKafkaError(refused, {}).retriable).toBe(false);
    expect(fromKafkaError(login("SASL PLAIN authentication failed: Closed connection"), {}).retriable).toBe(true);
  });

  it("tells what to do about them", () => {
    expect(isProducerSpent(answered("OUT_OF_ORDER_SEQUENCE_NUMBER"))).toBe(true);
    expect(isProducerSpent(new Error("The producer is disconnected"))).toBe(true);
    expect(isProducerSpent(new TypeError("no connectionPool"))).toBe(true);
    expect(isProducerSpent(answered("NOT_LEADER_FOR_PARTITION"))).toBe(false);
    expect(isOutOfGroup(answered("UNKNOWN_MEMBER_ID"))).toBe(true);
    expect(isOutOfGroup(answered("NOT_LEADER_FOR_PARTITION"))).toBe(false);
    expect(isTopicUnknown(answered("UNKNOWN_TOPIC_OR_PARTITION"))).toBe(true);
  });
});
