import { randomUUID } from "node:crypto";
import { AppError } from "@footfall/base";
import { type Assignment, type LogBatch, partitionOfKey, type PartitionOffset } from "@footfall/log";
import { beforeEach, describe, expect, it } from "vitest";
import { type ContractBench, record } from "./contract-bench.ts";
import { membersComeAndGo } from "./members-come-and-go.ts";

/** What holds of groups, and of assignments with and without one. */
export function eventLogGroupContract(bench: ContractBench): void {
  const { wait, gather } = bench;
  let group: string;
  beforeEach(() => {
    group = `group-${randomUUID()}`;
  });

  /** Five records of one key. @returns their partition */
  async function appendFive(): Promise<number> {
    await bench.log.append(
      bench.topic,
      Array.from({ length: 5 }, (_, i) => record("a", String(i))),
    );
    return partitionOfKey("a", 4);
  }

  const acknowledged = async (partition: number) => (await bench.log.groupOffsets(group, bench.topic))[partition];
  const numbersOf = (partitions: Assignment["held"]): number[] => partitions.map(({ partition }) => partition);

  describe("groups", () => {
    it("go on after what they acknowledged, also after a restart", async () => {
      await bench.log.append(bench.topic, [record("a", "1"), record("a", "2")]);
      const partition = partitionOfKey("a", 4);
      expect(await acknowledged(partition)).toBeUndefined();
      const first = await gather({ group, batchRecordsMax: 1, onBatch: (batch) => batch.ack() });
      await wait(async () => (await acknowledged(partition)) === 2n);
      await first.subscription.stop();
      await bench.reopen();
      await bench.log.append(bench.topic, [record("a", "3")]);
      const second = await gather({ group });
      await wait(() => second.values().length > 0);
      expect(second.values()).toEqual(["3"]);
      await second.subscription.stop();
    });

    it("acknowledge a part of a batch", async () => {
      const partition = await appendFive();
      const first = await gather({ group, onBatch: (batch) => batch.ack(batch.startOffset + 2n) });
      await wait(async () => (await acknowledged(partition)) === 2n);
      await first.subscription.stop();
      const second = await gather({ group });
      await wait(() => second.values().length === 3);
      expect(second.values()).toEqual(["2", "3", "4"]);
      await second.subscription.stop();
    });

    it("share the partitions, and one member takes over from another", async () => {
      const told: Assignment[] = [];
      const onAssignment = async (assignment: Assignment): Promise<PartitionOffset[]> => {
        told.push(assignment);
        return [];
      };
      const first = await gather({ group, onAssignment });
      await wait(() => first.subscription.partitions.length === 4);
      const second = await gather({ group });
      await wait(() => [first, second].every(({ subscription }) => subscription.partitions.length === 2));
      expect(told.at(-1)).toEqual({ held: first.subscription.partitions, lost: second.subscription.partitions });
      await bench.log.append(
        bench.topic,
        Array.from({ length: 80 }, (_, i) => record(null, String(i))),
      );
      await wait(() => first.values().length + second.values().length === 80);
      expect(new Set([...first.values(), ...second.values()]).size).toBe(80);
      await first.subscription.stop();
      await wait(() => second.subscription.partitions.length === 4);
      await second.subscription.stop();
    });

    it("can be moved to other offsets when they have no member", async () => {
      const partition = await appendFive();
      const first = await gather({ group, onBatch: (batch) => batch.ack() });
      await wait(async () => (await acknowledged(partition)) === 5n);
      const reset = (offset: bigint) => bench.log.resetOffsets(group, bench.topic, new Map([[partition, offset]]));
      await expect(reset(1n)).rejects.toMatchObject({ code: "LOG_GROUP_ACTIVE", retriable: true });
      await first.subscription.stop();
      await expect(reset(6n)).rejects.toMatchObject({ code: "LOG_OFFSET_OUT_OF_RANGE", retriable: false });
      await reset(3n);
      expect(await acknowledged(partition)).toBe(3n);
      const second = await gather({ group });
      await wait(() => second.values().length === 2);
      expect(second.values()).toEqual(["3", "4"]);
      await second.subscription.stop();
    });

    membersComeAndGo(bench);
  });

  describe("assignments", () => {
    it("come before the first batch, and say where to begin, whatever the group acknowledged", async () => {
      const partition = await appendFive();
      const first = await gather({ group, onBatch: (batch) => batch.ack() });
      await wait(async () => (await acknowledged(partition)) === 5n);
      await first.subscription.stop();
      const order: string[] = [];
      const second = await gather({
        group,
        onAssignment: async ({ held, lost }) => {
          order.push(`held ${numbersOf(held).join()} lost ${numbersOf(lost).join()}`);
          return [{ topic: bench.topic, partition, offset: 3n }];
        },
        onBatch: async ({ startOffset, records }: LogBatch) => {
          order.push(`from ${startOffset}: ${records.length}`);
        },
      });
      await wait(() => order.length === 2);
      expect(order).toEqual(["held 0,1,2,3 lost ", "from 3: 2"]);
      await second.subscription.stop();
    });

    it("move a partition that is kept, too", async () => {
      const partition = await appendFive();
      let isReread = false;
      const first = await gather({
        group,
        onAssignment: async ({ held }) => {
          isReread = held.length < 4 && numbersOf(held).includes(partition);
          return isReread ? [{ topic: bench.topic, partition, offset: 1n }] : [];
        },
      });
      await wait(() => first.values().length === 5);
      const second = await gather({ group });
      await wait(() => first.subscription.partitions.length === 2 && second.subscription.partitions.length === 2);
      const again = isReread ? ["1", "2", "3", "4"] : [];
      await wait(() => first.values().length === 5 + again.length);
      expect(first.values()).toEqual(["0", "1", "2", "3", "4", ...again]);
      await Promise.all([first.subscription.stop(), second.subscription.stop()]);
    });

    it("are told again after a failure that may pass, and nothing is delivered before", async () => {
      await appendFive();
      let failures = 0;
      const { subscription, values } = await gather({
        group,
        onAssignment: async () => {
          if (++failures < 3) throw new AppError("LAKE_UNAVAILABLE", "not now", { retriable: true });
          return [];
        },
      });
      await wait(() => values().length === 5);
      expect(failures).toBe(3);
      await subscription.stop();
      await subscription.done;
    });

    it("end the subscription with a failure that will not pass", async () => {
      await appendFive();
      const failure = new AppError("LAKE_FILE_CORRUPT", "for good");
      for (const membership of [{ group }, {}]) {
        const { subscription, values } = await gather({
          ...membership,
          onAssignment: () => Promise.reject(failure),
        });
        await expect(subscription.done).rejects.toBe(failure);
        expect(values()).toEqual([]);
      }
    });

    it("end it too where they begin beyond the end of the log", async () => {
      const partition = await appendFive();
      const onAssignment = async () => [{ topic: bench.topic, partition, offset: 7n }];
      const { subscription } = await gather({ group, onAssignment });
      await expect(subscription.done).rejects.toMatchObject({ code: "LOG_OFFSET_OUT_OF_RANGE" });
    });

    it("hold the partitions of all topics", async () => {
      const other = `contract-${randomUUID()}`;
      await bench.log.createTopic({ name: other, partitions: 2 });
      const topics = [bench.topic, other];
      for (const membership of [{ group }, {}]) {
        const told: Assignment[] = [];
        const { subscription, batches } = await gather({
          ...membership,
          topics,
          onAssignment: async (assignment) => {
            told.push(assignment);
            return [];
          },
        });
        await wait(() => subscription.partitions.length === 6);
        expect(told.at(-1)!.held).toEqual(subscription.partitions);
        await bench.log.append(bench.topic, [record("a", "here")]);
        await bench.log.append(other, [record("a", "there")]);
        await wait(() => new Set(batches.map(({ topic }) => topic)).size === 2);
        await subscription.stop();
      }
    });
  });
}
