import { Buffer } from "node:buffer";
import { AppError, errorCodeOf, manualClock } from "@footfall/base";
import { type AppendRecord, partitionOfKey } from "@footfall/log";
import { waitFor } from "@footfall/testkit";
import { describe, expect, it } from "vitest";
import { InFlightQueues } from "../src/kafka/in-flight-queues.ts";
import { type KafkaLogOptions, settingsOf } from "../src/kafka/kafka-options.ts";
import { baseOffsetIn, type KafkaMessage } from "../src/kafka/kafka-producer.ts";

const partitions = 4;
const away = new AppError("LOG_UNAVAILABLE", "away", { retriable: true });

function record(key: string | null, value: string): AppendRecord {
  return { key, value: Buffer.from(value) };
}

/** A broker that takes sends one at a time per partition, and fails where told so. */
function queuesOver(options: Partial<KafkaLogOptions> = {}) {
  const stored: KafkaMessage[][] = Array.from({ length: partitions }, () => []);
  const sends: { partitions: number[]; records: number }[] = [];
  const givenUp: string[] = [];
  const underWay = new Set<number>();
  const state = { failing: undefined as AppError | undefined, hold: Promise.resolve(), topicsAsked: 0, partitions };
  const queues = new InFlightQueues({
    settings: settingsOf({ brokers: ["nowhere:1"], clientId: "test", random: () => 0, ...options }),
    producer: {
      async send(_topic, messages) {
        const partition = messages[0]!.partition;
        expect(underWay.has(partition)).toBe(false);
        underWay.add(partition);
        sends.push({ partitions: [...new Set(messages.map((m) => m.partition))], records: messages.length });
        await state.hold;
        underWay.delete(partition);
        if (state.failing) throw state.failing;
        return BigInt(stored[partition]!.push(...messages) - messages.length);
      },
      giveUp: (reason) => void givenUp.push(reason),
    },
    partitionsOf: async (topic) => {
      state.topicsAsked++;
      if (topic === "absent") throw new AppError("LOG_TOPIC_UNKNOWN", "absent");
      return state.partitions;
    },
  });
  return { queues, stored, sends, givenUp, state };
}

function heldBack(): { promise: Promise<void>; release: () => void } {
  let release = (): void => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
}

describe("in-flight queues", () => {
  it("send to one partition at a time, and give each record the place it got", async () => {
    const { queues, stored, sends, state } = queuesOver();
    const calls = Array.from({ length: 50 }, (_, call) =>
      queues.append("clicks", [record(`k${call % 7}`, `${call}-0`), record(`k${call % 5}`, `${call}-1`)]),
    );
    const places = await Promise.all(calls);
    expect(state.topicsAsked).toBe(1);
    expect(sends.every((send) => send.partitions.length === 1)).toBe(true);
    expect(sends.length).toBeLessThanOrEqual(partitions * 2);
    places.forEach((found, call) => {
      found.forEach(({ partition, offset }, i) => {
        expect(partition).toBe(partitionOfKey(`k${call % (i === 0 ? 7 : 5)}`, partitions));
        expect(stored[partition]![Number(offset)]!.value!.toString()).toBe(`${call}-${i}`);
      });
    });
    for (const messages of stored) {
      const order = messages.map(({ value }) => Number(value!.toString().split("-")[0]));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  it("refuse what is too large, and what is too much, before anything is sent", async () => {
    const { queues, sends, state } = queuesOver({ recordBytesMax: 10, pendingRecordsMax: 3, pendingBytesMax: 25 });
    const held = heldBack();
    state.hold = held.promise;
    expect(() => queues.append("clicks", [record("a", "1"), record("a", "0123456789")])).toThrow("at most 10 fit");
    const first = queues.append("clicks", [record("a", "1"), record("b", "1")]);
    expect(() => queues.append("clicks", [record("a", "1"), record("a", "1")])).toThrow("Too many records wait");
    held.release();
    await first;
    await queues.append("clicks", [record("a", "12345678"), record("b", "12345678")]);
    expect(() =>
      queues.append("clicks", [record("a", "12345678"), record("b", "12345678"), record("c", "12345678")]),
    ).toThrow("Too many records wait");
    expect(sends.reduce((sum, { records }) => sum + records, 0)).toBe(4);
  });

  it("tell of an unknown topic, and ask again the next time", async () => {
    const { queues, state } = queuesOver({ pendingRecordsMax: 1 });
    for (let i = 0; i < 3; i++) {
      expect(await queues.append("absent", [record("a", "1")]).catch(errorCodeOf)).toBe("LOG_TOPIC_UNKNOWN");
    }
    expect(state.topicsAsked).toBe(3);
  });

  it("refuse for now what is appended to a topic without partitions, and take it once they are known", async () => {
    const { queues, sends, state } = queuesOver({ pendingRecordsMax: 2 });
    state.partitions = 0;
    for (const key of ["a", null]) {
      const refused: unknown = await queues.append("clicks", [record(key, "1"), record(key, "2")]).catch((e) => e);
      expect(refused).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true });
    }
    expect(sends).toEqual([]);
    state.partitions = partitions;
    expect(await queues.append("clicks", [record("a", "1"), record(null, "2")])).toHaveLength(2);
  });

  it("try until the deadline, give up, and send nothing of an append that has failed", async () => {
    const clock = manualClock(0);
    const { queues, sends, givenUp, state } = queuesOver({ appendTimeoutMs: 1000, clock: clock.now });
    state.failing = away;
    const failing = queues.append("clicks", [record("a", "1")]).catch(errorCodeOf);
    await waitFor(() => sends.length > 3);
    const behind = queues.append("clicks", [record("a", "2")]).catch(errorCodeOf);
    clock.advance(1000);
    expect(await failing).toBe("LOG_UNAVAILABLE");
    expect(await behind).toBe("LOG_UNAVAILABLE");
    expect(givenUp).toEqual(["away"]);
    state.failing = undefined;
    expect(await queues.append("clicks", [record("a", "3")])).toEqual([
      { partition: partitionOfKey("a", partitions), offset: 0n },
    ]);
  });

  it("are drained only when nothing of an append is under way any more, though it has failed before", async () => {
    const [begun, held] = [heldBack(), heldBack()];
    const refused = partitionOfKey("a", partitions);
    const slowKey = ["b", "c", "d", "e"].find((key) => partitionOfKey(key, partitions) !== refused)!;
    const queues = new InFlightQueues({
      settings: settingsOf({ brokers: ["nowhere:1"], clientId: "test" }),
      producer: {
        async send(_topic, messages) {
          if (messages[0]!.partition === refused) {
            await begun.promise;
            throw new AppError("LOG_RECORD_TOO_LARGE", "too large");
          }
          begun.release();
          await held.promise;
          return 0n;
        },
        giveUp: () => {},
      },
      partitionsOf: () => Promise.resolve(partitions),
    });
    expect(await queues.append("clicks", [record("a", "1"), record(slowKey, "1")]).catch(errorCodeOf)).toBe(
      "LOG_RECORD_TOO_LARGE",
    );
    let isDrained = false;
    const drained = queues.drained().then(() => (isDrained = true));
    await new Promise((turned) => setImmediate(turned));
    expect(isDrained).toBe(false);
    held.release();
    await drained;
  });

  it("do not try again what the broker will never take", async () => {
    const { queues, sends, givenUp, state } = queuesOver();
    state.failing = new AppError("LOG_RECORD_TOO_LARGE", "too large");
    expect(await queues.append("clicks", [record("a", "1")]).catch(errorCodeOf)).toBe("LOG_RECORD_TOO_LARGE");
    expect(sends).toHaveLength(1);
    expect(givenUp).toEqual(["too large"]);
  });
});

describe("a send's answer", () => {
  const answer = { topicName: "clicks", partition: 2, errorCode: 0, baseOffset: "7" };

  it("counts only where it names the partition and an offset", () => {
    expect(baseOffsetIn([answer], "clicks", 2)).toBe(7n);
    for (const other of [
      [],
      [{ ...answer, partition: 1 }],
      [{ ...answer, topicName: "other" }],
      [{ ...answer, errorCode: 3 }],
      [{ ...answer, baseOffset: "-1" }],
      [{ topicName: "clicks", partition: 2, errorCode: 0 }],
    ]) {
      expect(() => baseOffsetIn(other, "clicks", 2)).toThrow("counts as failed");
    }
  });
});
