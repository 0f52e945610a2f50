import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { errorCodeOf } from "@footfall/base";
import { type EventLog, type LogBatch, partitionOfKey, type SubscribeOptions, type TopicSpec } from "@footfall/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../wait-for.ts";
import { type ContractBench, type Gathering, type OpenedLog, readAll, record, textOf } from "./contract-bench.ts";
import { eventLogGroupContract } from "./event-log-group-contract.ts";
import { eventLogProperties } from "./event-log-properties.ts";

export interface EventLogContractOptions {
  open(): Promise<OpenedLog>;
  /** How long anything may take before a test fails. Default 5000. */
  readonly deadlineMs?: number;
  /** How many runs the property test makes. Default 25. */
  readonly propertyRuns?: number;
  /** Repeats a run that failed. Default: another one each time. */
  readonly seed?: number | undefined;
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: unknown) => errorCodeOf(error),
  );
}

const emptyPartitions = Array.from({ length: 4 }, () => ({ startOffset: 0n, endOffset: 0n }));

/** The behaviour of every `EventLog`. An adapter's test calls it once. */
export function eventLogContract(name: string, options: EventLogContractOptions): void {
  const deadlineMs = options.deadlineMs ?? 5000;
  const wait = <T>(condition: () => T | Promise<T>) => waitFor(condition, { deadlineMs });

  describe(`${name}: event log contract`, { timeout: deadlineMs * 4 }, () => {
    let opened: OpenedLog;
    let log: EventLog;
    let topic: string;
    const bench: ContractBench = {
      get log() {
        return log;
      },
      get topic() {
        return topic;
      },
      get opened() {
        return opened;
      },
      seed: options.seed ?? Date.now() % 1_000_000,
      reopen: async () => void (log = await opened.reopen()),
      wait,
      gather,
    };

    beforeEach(async () => {
      opened = await options.open();
      log = opened.log;
      topic = `contract-${randomUUID()}`;
      await log.createTopic({ name: topic, partitions: 4 });
    }, deadlineMs * 2);
    afterEach(() => opened.close(), deadlineMs * 2);

    /** Subscribes and gathers what comes. */
    async function gather(more: Partial<SubscribeOptions> = {}): Promise<Gathering> {
      const batches: LogBatch[] = [];
      const onBatch = async (batch: LogBatch): Promise<void> => void batches.push(batch);
      const subscription = await log.subscribe({ topics: [topic], from: "earliest", onBatch, ...more });
      const values = (): string[] => batches.flatMap(({ records }) => records.map(textOf));
      return { batches, subscription, values };
    }

    describe("append and read", () => {
      it("gives back keys, values and offsets, in order", async () => {
        const places = await log.append(topic, [record("a", "1"), record("a", "2")]);
        await log.append(topic, [record("a", "3")]);
        const partition = partitionOfKey("a", 4);
        expect(places).toEqual([
          { partition, offset: 0n },
          { partition, offset: 1n },
        ]);
        const records = await readAll(log, topic, partition);
        expect(records.map((found) => [found.offset, found.key, textOf(found)])).toEqual([
          [0n, "a", "1"],
          [1n, "a", "2"],
          [2n, "a", "3"],
        ]);
        for (const { appendedAtMs } of records) expect(Math.abs(appendedAtMs - Date.now())).toBeLessThan(600_000);
      });

      it("keeps every byte of values and every character of keys", async () => {
        const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
        for (const key of ["", "\0", "a\0b", "ключ", "鍵", "👟🛒", "x".repeat(500)]) {
          const [place] = await log.append(topic, [{ key, value: bytes }]);
          const [found] = await readAll(log, topic, place!.partition, place!.offset);
          expect(found).toMatchObject({ key, value: bytes });
          expect(place!.partition).toBe(partitionOfKey(key, 4));
        }
        const [place] = await log.append(topic, [{ key: "empty", value: new Uint8Array() }]);
        expect((await readAll(log, topic, place!.partition, place!.offset))[0]!.value).toHaveLength(0);
      });

      it("keeps headers, and tombstones apart from empty values", async () => {
        const headers = new Map([
          ["traceparent", Buffer.from("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")],
          ["bytes", Buffer.from([0, 255, 128])],
          ["empty", Buffer.alloc(0)],
          ["__proto__", Buffer.from("a name like any other")],
        ]);
        const written = [
          { key: "a", value: Buffer.from("1"), headers },
          { key: "a", value: null },
          { key: "a", value: null, headers },
          { key: "a", value: Buffer.alloc(0) },
          { key: "a", value: Buffer.from("2") },
        ];
        await log.append(topic, written);
        const found = await readAll(log, topic, partitionOfKey("a", 4));
        expect(found.map(({ value }) => value)).toEqual(written.map(({ value }) => value));
        for (const [at, { headers: foundHeaders }] of found.entries()) {
          const names = foundHeaders && [...foundHeaders.keys()].sort();
          expect(names).toEqual(written[at]!.headers && [...headers.keys()].sort());
          for (const [header, bytes] of foundHeaders ?? []) expect(Buffer.from(bytes)).toEqual(headers.get(header));
        }
      });

      it("spreads records without a key over all partitions", async () => {
        const places = await log.append(
          topic,
          Array.from({ length: 400 }, (_, i) => record(null, String(i))),
        );
        expect(new Set(places.map(({ partition }) => partition)).size).toBe(4);
        const { partition, offset } = places[0]!;
        expect((await readAll(log, topic, partition, offset))[0]!.key).toBeNull();
      });

      it("reads a range and stops at its end", async () => {
        await log.append(
          topic,
          Array.from({ length: 50 }, (_, i) => record("a", String(i))),
        );
        const range = { topic, partition: partitionOfKey("a", 4), startOffset: 7n, endOffset: 11n };
        const values: string[] = [];
        for await (const batch of log.read(range)) values.push(...batch.records.map(textOf));
        expect(values).toEqual(["7", "8", "9", "10"]);
      });

      it("reads nothing of an empty topic", async () => {
        expect(await readAll(log, topic, 0)).toEqual([]);
        expect(await log.offsets(topic)).toEqual(emptyPartitions);
      });

      it("keeps all records of one call or none", async () => {
        const tooLarge = { key: "b", value: new Uint8Array(64 * 1024 * 1024) };
        expect(await codeOf(log.append(topic, [record("a", "1"), tooLarge]))).toBe("LOG_RECORD_TOO_LARGE");
        expect(await log.offsets(topic)).toEqual(emptyPartitions);
      });

      it("keeps the call order of one producer", async () => {
        const calls = Array.from({ length: 300 }, (_, i) => log.append(topic, [record("one", String(i))]));
        await Promise.all(calls);
        const values = (await readAll(log, topic, partitionOfKey("one", 4))).map((found) => Number(textOf(found)));
        expect(values).toEqual(Array.from({ length: 300 }, (_, i) => i));
      });

      it("keeps each record of concurrent producers once, at the place it told", async () => {
        const told = new Map<string, string>();
        const produce = async (producer: number): Promise<void> => {
          for (let i = 0; i < 40; i++) {
            const id = `${producer}-${i}`;
            const [place] = await log.append(topic, [record(id, id)]);
            told.set(id, `${place!.partition}/${place!.offset}`);
          }
        };
        await Promise.all(Array.from({ length: 12 }, (_, producer) => produce(producer)));
        const found = new Map<string, string>();
        for (let partition = 0; partition < 4; partition++) {
          for (const kept of await readAll(log, topic, partition)) {
            expect(found.has(textOf(kept))).toBe(false);
            found.set(textOf(kept), `${partition}/${kept.offset}`);
          }
        }
        expect(found).toEqual(told);
      });

      it("names what it does not know", async () => {
        const absent = `absent-${randomUUID()}`;
        expect(await codeOf(log.append(absent, [record("a", "1")]))).toBe("LOG_TOPIC_UNKNOWN");
        expect(await codeOf(log.offsets(absent))).toBe("LOG_TOPIC_UNKNOWN");
        const onBatch = async (): Promise<void> => {};
        expect(await codeOf(log.subscribe({ topics: [absent], from: "earliest", onBatch }))).toBe("LOG_TOPIC_UNKNOWN");
        expect(await codeOf(readAll(log, topic, 0, 1n))).toBe("LOG_OFFSET_OUT_OF_RANGE");
      });

      it("keeps the partitions of an existing topic", async () => {
        await log.createTopic({ name: topic, partitions: 7 });
        expect(await log.topics()).toContainEqual(expect.objectContaining({ name: topic, partitions: 4 }));
        await log.createTopic({ name: topic, partitions: 2 });
        expect(await log.offsets(topic)).toHaveLength(4);
      });

      it("changes the retention of an existing topic to one that is stated, and keeps it otherwise", async () => {
        const found = async () => (await log.topics()).find((spec) => spec.name === topic);
        const keeps = async (spec: Omit<TopicSpec, "name">, expected: TopicSpec) => {
          await log.createTopic({ name: topic, ...spec });
          await wait(async () => isDeepStrictEqual(await found(), expected));
        };
        const bounded = { name: topic, partitions: 4, retentionMs: 86_400_000, retentionBytesMax: 4_000_000 };
        await keeps(bounded, bounded);
        await keeps({ partitions: 4 }, bounded);
        await keeps({ partitions: 1, retentionMs: 3_600_000 }, { name: topic, partitions: 4, retentionMs: 3_600_000 });
        log = await opened.reopen();
        expect(await found()).toEqual({ name: topic, partitions: 4, retentionMs: 3_600_000 });
      });

      it("finds offsets by append time", async () => {
        await log.append(topic, [record("a", "before")]);
        const timeMs = Date.now() + 1;
        await wait(() => Date.now() > timeMs + 1);
        await log.append(topic, [record("a", "after")]);
        const partition = partitionOfKey("a", 4);
        expect((await log.offsetsAt(topic, 0))[partition]).toBe(0n);
        expect((await log.offsetsAt(topic, timeMs))[partition]).toBe(1n);
        expect((await log.offsetsAt(topic, Date.now() + 60_000))[partition]).toBe(2n);
      });

      it("keeps everything over a restart", async () => {
        await log.append(
          topic,
          Array.from({ length: 20 }, (_, i) => record("a", String(i))),
        );
        log = await opened.reopen();
        const partition = partitionOfKey("a", 4);
        expect(await readAll(log, topic, partition)).toHaveLength(20);
        expect(await log.append(topic, [record("a", "next")])).toEqual([{ partition, offset: 20n }]);
      });

      it("takes nothing more once closed", async () => {
        const last = log.append(topic, [record("a", "last")]);
        await log.close();
        expect(await last).toHaveLength(1);
        expect(await codeOf(log.append(topic, [record("a", "late")]))).toBe("LOG_CLOSED");
      });
    });

    describe("subscribe", () => {
      it("delivers what is there and what comes, in order", async () => {
        await log.append(topic, [record("a", "1"), record("a", "2")]);
        const { subscription, values, batches } = await gather();
        await log.append(topic, [record("a", "3")]);
        await wait(() => values().length === 3);
        expect(values()).toEqual(["1", "2", "3"]);
        expect(subscription.partitions).toEqual([0, 1, 2, 3].map((partition) => ({ topic, partition })));
        expect(batches.at(-1)).toMatchObject({ nextOffset: 3n, logEndOffset: 3n });
        let next = 0n;
        for (const batch of batches) {
          expect(batch.startOffset).toBe(next);
          next = batch.nextOffset;
        }
        await subscription.stop();
        await subscription.done;
      });

      it("begins at the end where told so", async () => {
        await log.append(topic, [record("a", "old")]);
        const { subscription, values } = await gather({ from: "latest" });
        await log.append(topic, [record("a", "new")]);
        await wait(() => values().length > 0);
        expect(values()).toEqual(["new"]);
        await subscription.stop();
      });

      it("keeps to the batch size", async () => {
        await log.append(
          topic,
          Array.from({ length: 100 }, (_, i) => record("a", String(i))),
        );
        const { subscription, values, batches } = await gather({ batchRecordsMax: 7 });
        await wait(() => values().length === 100);
        expect(Math.max(...batches.map(({ records }) => records.length))).toBeLessThanOrEqual(7);
        expect(values()).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
        await subscription.stop();
      });

      it("delivers one batch at a time", async () => {
        await log.append(
          topic,
          Array.from({ length: 40 }, (_, i) => record(null, String(i))),
        );
        let running = 0;
        let together = 0;
        let seen = 0;
        const onBatch = async (batch: LogBatch): Promise<void> => {
          together = Math.max(together, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          seen += batch.records.length;
          running--;
        };
        const { subscription } = await gather({ onBatch, batchRecordsMax: 3 });
        await wait(() => seen === 40);
        expect(together).toBe(1);
        await subscription.stop();
      });

      it("pauses, resumes and stops after the batch under way", async () => {
        const { subscription, values } = await gather();
        await log.append(topic, [record("a", "1")]);
        await wait(() => values().length === 1);
        subscription.pause();
        await log.append(topic, [record("a", "2")]);
        const other = await gather();
        await wait(() => other.values().length === 2); // another reader has it: the pause is what holds it back
        expect(values()).toEqual(["1"]);
        subscription.resume();
        await wait(() => values().length === 2);
        await Promise.all([subscription.stop(), other.subscription.stop()]);
        await log.append(topic, [record("a", "3")]);
        expect(await readAll(log, topic, partitionOfKey("a", 4))).toHaveLength(3);
        expect(values()).toEqual(["1", "2"]);
      });

      it("ends with the error of a failing handler", async () => {
        await log.append(topic, [record("a", "1")]);
        const failure = new Error("the handler failed");
        const { subscription } = await gather({ onBatch: () => Promise.reject(failure) });
        await expect(subscription.done).rejects.toBe(failure);
        await subscription.stop();
      });
    });

    eventLogGroupContract(bench);
    eventLogProperties(() => log, options.propertyRuns ?? 25, deadlineMs);
  });
}
