import { errorCodeOf } from "@footfall/base";
import type { Admin } from "kafkajs";
import { describe, expect, it } from "vitest";
import type { KafkaAdmin } from "../src/kafka/kafka-admin.ts";
import { kafkaGroupOffsets } from "../src/kafka/kafka-groups.ts";
import {
  createKafkaTopic,
  kafkaOffsets,
  kafkaOffsetsAt,
  kafkaTopics,
  partitionCountOf,
} from "../src/kafka/kafka-topics.ts";

/** Asks once what a `KafkaAdmin` would ask again. */
function adminOver(answers: Partial<Record<keyof Admin, unknown>>): KafkaAdmin {
  const asked = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, async () => answer]));
  return { ask: (_call: string, _context: object, question: (admin: unknown) => unknown) => question(asked) } as never;
}

const clicksOf = (partitions: number) => ({
  topics: [{ name: "clicks", partitions: Array.from({ length: partitions }, () => ({})) }],
});
const offsetOf = (partition: number) => ({ partition, offset: `${partition}`, low: "0", high: `${partition}` });
const unavailable = expect.objectContaining({ code: "LOG_UNAVAILABLE", retriable: true }) as Error;

describe("answers of brokers that do not know a topic whole", () => {
  it.each([
    ["without the topic", { topics: [] }],
    ["without partitions", { topics: [{ name: "clicks", partitions: [] }] }],
  ])("make a topic %s unavailable, for now", async (_, fetchTopicMetadata) => {
    await expect(partitionCountOf(adminOver({ fetchTopicMetadata }), "clicks")).rejects.toEqual(unavailable);
  });

  it("leave a topic without partitions out of the list", async () => {
    const topics = [
      { name: "clicks", partitions: [] },
      { name: "whole", partitions: [{}, {}] },
    ];
    const admin = adminOver({ fetchTopicMetadata: { topics }, describeConfigs: { resources: [] } });
    expect(await kafkaTopics(admin)).toEqual([{ name: "whole", partitions: 2 }]);
  });

  it.each([
    ["no partition", []],
    ["a partition missing", [offsetOf(2), offsetOf(0)]],
    ["the last one missing, which was added since", [offsetOf(0), offsetOf(1)]],
  ])("are no offsets with %s: those of one partition must not pass for another's", async (_, found) => {
    const admin = adminOver({
      fetchTopicMetadata: clicksOf(3),
      fetchTopicOffsets: found,
      fetchTopicOffsetsByTimestamp: found,
      fetchOffsets: [{ topic: "clicks", partitions: found }],
    });
    await expect(kafkaOffsets(admin, "clicks")).rejects.toEqual(unavailable);
    await expect(kafkaOffsetsAt(admin, "clicks", 0)).rejects.toEqual(unavailable);
    await expect(kafkaGroupOffsets(admin, "shop", "clicks")).rejects.toEqual(unavailable);
  });

  it("are taken in any order", async () => {
    const found = [offsetOf(1), offsetOf(0)];
    const fetchTopicMetadata = clicksOf(2);
    const fetchOffsets = [{ topic: "clicks", partitions: found }];
    const admin = adminOver({ fetchTopicMetadata, fetchTopicOffsets: found, fetchOffsets });
    expect((await kafkaOffsets(admin, "clicks")).map(({ endOffset }) => endOffset)).toEqual([0n, 1n]);
    expect(await kafkaGroupOffsets(admin, "shop", "clicks")).toEqual([0n, 1n]);
    expect(
      await kafkaGroupOffsets(adminOver({ fetchTopicMetadata, fetchOffsets: [] }), "shop", "clicks").catch(errorCodeOf),
    ).toBe("LOG_UNAVAILABLE");
  });
});

describe("createKafkaTopic", () => {
  it("asks to make a topic only where there is none", async () => {
    const made: string[] = [];
    const topics: { name: string; partitions: object[] }[] = [];
    const asked = {
      fetchTopicMetadata: async () => ({ topics }),
      createTopics: async () => {
        made.push("clicks");
        topics.push({ name: "clicks", partitions: [{ leader: 1 }] });
      },
    };
    const admin = { ask: (_call: string, _context: object, question: (a: unknown) => unknown) => question(asked) };
    for (let start = 0; start < 3; start++) {
      await createKafkaTopic(
        admin as never,
        { name: "clicks", partitions: 1 },
        { replicationFactor: undefined, observe() {} },
      );
    }
    expect(made).toEqual(["clicks"]);
  });
});
