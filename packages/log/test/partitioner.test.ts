import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { murmur2, partitionOfKey } from "@footfall/log";

const require = createRequire(import.meta.url);
const kafkaMurmur2 = require("kafkajs/src/producer/partitioners/default/murmur2.js") as (
  key: string | Buffer,
) => number;

describe("partitionOfKey", () => {
  it("keeps Kafka's published values", () => {
    const golden: [string, number][] = [
      ["21", -973932308],
      ["foobar", -790332482],
      ["a-little-bit-long-string", -985981536],
      ["a-little-bit-longer-string", -1486304829],
      ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
      ["abc", 479470107],
    ];
    for (const [key, hash] of golden) {
      expect(murmur2(Buffer.from(key)), key).toBe(hash);
      expect(partitionOfKey(key, 12)).toBe((hash & 0x7fffffff) % 12);
    }
  });

  it("agrees with the Kafka client for any key", { timeout: 30_000 }, () => {
    // The client computes in 64-bit objects: slow, but its answer is the one that counts.
    const anyKey = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.uuid());
    fc.assert(
      fc.property(anyKey, fc.integer({ min: 1, max: 1024 }), (key, partitions) => {
        const hash = kafkaMurmur2(Buffer.from(key)) | 0;
        expect(murmur2(Buffer.from(key))).toBe(hash);
        expect(partitionOfKey(key, partitions)).toBe((hash & 0x7fffffff) % partitions);
      }),
    );
  });
});
