import { manualClock } from "@footfall/base";
import { type EmbeddedLog, openEmbeddedLog } from "@footfall/log/embedded";
import { readAll, record, temporaryFolder, type TemporaryFolder, textOf } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const topic = "clicks";
let folder: TemporaryFolder;
let log: EmbeddedLog;

beforeEach(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: folder.path, clock: manualClock(0).now });
  await log.createTopic({ name: topic, partitions: 1, retentionMs: 1000 });
});
afterEach(async () => {
  await log.close();
  await folder.remove();
});

const appendThree = (from: number) =>
  log.append(
    topic,
    [0, 1, 2].map((i) => record("a", `${from + i}`)),
  );
const kept = async (): Promise<string[]> => {
  const { startOffset } = (await log.offsets(topic))[0]!;
  return (await readAll(log, topic, 0, startOffset)).map(textOf);
};

describe("deleting before an offset", () => {
  it("keeps a stored batch until its last record may go, and shows only what is kept", async () => {
    for (let i = 0; i < 3; i++) await appendThree(3 * i);
    const batchBytes = log.storedBytes(topic) / 3;
    for (let offset = 0; offset <= 9; offset++) {
      await log.deleteBefore(topic, 0, BigInt(offset));
      expect(await log.offsets(topic)).toEqual([{ startOffset: BigInt(offset), endOffset: 9n }]);
      expect(await kept()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"].slice(offset));
      expect(log.storedBytes(topic)).toBe((3 - Math.floor(offset / 3)) * batchBytes);
    }
    await appendThree(9);
    expect(await kept()).toEqual(["9", "10", "11"]);
  });

  it("never goes back, nor past the end", async () => {
    await appendThree(0);
    await log.deleteBefore(topic, 0, 2n);
    await log.deleteBefore(topic, 0, 1n);
    expect(await kept()).toEqual(["2"]);
    await log.deleteBefore(topic, 0, 100n);
    expect(await log.offsets(topic)).toEqual([{ startOffset: 3n, endOffset: 3n }]);
  });

  it("deletes more than one transaction's worth, and leaves a partition that retention can go on with", async () => {
    for (let i = 0; i < 300; i++) await appendThree(3 * i);
    await log.deleteBefore(topic, 0, 895n);
    expect(await kept()).toEqual(["895", "896", "897", "898", "899"]);
    await log.applyRetention(5000);
    expect(await kept()).toEqual([]);
    expect(log.storedBytes(topic)).toBe(0);
    await appendThree(900);
    expect(await kept()).toEqual(["900", "901", "902"]);
  });
});
