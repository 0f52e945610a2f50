import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { manualClock } from "@footfall/base";
import { type LogBatch, partitionOfKey, type TopicPartition } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { isRequired, readAll, record, temporaryFolder, type TemporaryFolder, waitFor, textOf } from "@footfall/testkit";
import { openLogStore } from "../src/embedded/log-store.ts";

const topic = "clicks";
const startMs = 1_700_000_000_000;
const numbersOf = (partitions: readonly TopicPartition[]): string =>
  partitions.map(({ partition }) => partition).join();
let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

describe("group commit", () => {
  it("stores a thousand waiting appends with a handful of flushes", async () => {
    const log = await openEmbeddedLog({ folder: folder.path });
    await log.createTopic({ name: topic, partitions: 4 });
    const store = await openLogStore(folder.path, () => true);
    let commits = 0;
    store.onCommit(() => commits++);
    await Promise.all(Array.from({ length: 1000 }, (_, i) => log.append(topic, [record(String(i), "x")])));
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThanOrEqual(3);
    await store.release();
    await log.close();
  });

  it("bounds what waits and what one record may be", async () => {
    const limits = { recordBytesMax: 100, pendingBytesMax: 1000, pendingRecordsMax: 5 };
    const log = await openEmbeddedLog({ folder: folder.path, ...limits });
    await log.createTopic({ name: topic, partitions: 1 });
    await expect(log.append(topic, [record("a", "x".repeat(101))])).rejects.toMatchObject({
      code: "LOG_RECORD_TOO_LARGE",
      retriable: false,
    });
    const waiting = Array.from({ length: 5 }, () => log.append(topic, [record("a", "x")]));
    await expect(log.append(topic, [record("a", "x")])).rejects.toMatchObject({
      code: "LOG_OVERLOADED",
      retriable: true,
    });
    await Promise.all(waiting);
    await log.append(topic, [record("a", "x")]);
    expect(await readAll(log, topic, 0)).toHaveLength(6);
    await log.close();
  });

  it("splits what is large into several stored batches without anyone noticing", async () => {
    const log = await openEmbeddedLog({ folder: folder.path });
    await log.createTopic({ name: topic, partitions: 1 });
    const value = "x".repeat(400_000);
    await log.append(
      topic,
      Array.from({ length: 9 }, (_, i) => record("a", `${i}${value}`)),
    );
    const records = await readAll(log, topic, 0, 4n);
    expect(records.map((found) => textOf(found)[0])).toEqual(["4", "5", "6", "7", "8"]);
    await log.close();
  });
});

describe("groups across processes", () => {
  it("a member that was paused past its lease gives up before it delivers again", async () => {
    const pausedClock = manualClock(startMs);
    const clock = manualClock(startMs);
    const paused = await openEmbeddedLog({ folder: folder.path, clock: pausedClock.now, sessionTimeoutMs: 1000 });
    const alive = await openEmbeddedLog({ folder: folder.path, clock: clock.now, sessionTimeoutMs: 1000 });
    await paused.createTopic({ name: topic, partitions: 2 });
    const group = "g";
    const told: string[] = [];
    const first = await paused.subscribe({
      topics: [topic],
      group,
      from: "earliest",
      onAssignment: async ({ held, lost }) => {
        told.push(`held ${numbersOf(held)} lost ${numbersOf(lost)}`);
        return [];
      },
      onBatch: async (batch) => void told.push(`batch ${batch.partition}`),
    });
    expect(told.splice(0)).toEqual(["held 0,1 lost "]);
    first.pause();
    clock.advance(1001);
    const second = await alive.subscribe({ topics: [topic], group, from: "earliest", onBatch: async () => {} });
    expect(numbersOf(second.partitions)).toBe("0,1");
    pausedClock.advance(1001);
    first.resume();
    await waitFor(() => first.partitions.length === 1 && second.partitions.length === 1);
    expect(told[0]).toBe("held  lost 0,1");
    await alive.append(topic, [record("a", "1")]);
    await Promise.all([first.stop(), second.stop()]);
    await paused.close();
    await alive.close();
  });

  it("the partitions of a member that died move on, however regularly the next one lengthens its lease", async () => {
    // A clock that stands still: its lease runs out for everybody else, as that of a killed process does.
    const stopped = manualClock(Date.now());
    const dead = await openEmbeddedLog({ folder: folder.path, clock: stopped.now, sessionTimeoutMs: 2_000 });
    await dead.createTopic({ name: topic, partitions: 2 });
    await dead.subscribe({ topics: [topic], group: "g", from: "earliest", onBatch: async () => {} });
    const log = await openEmbeddedLog({ folder: folder.path, sessionTimeoutMs: 2_000 });
    const next = await log.subscribe({ topics: [topic], group: "g", from: "earliest", onBatch: async () => {} });
    // Commits wake the member; it looks again and again whether it has to report in.
    const appending = setInterval(() => void log.append(topic, [record("a", "more")]), 20);
    try {
      await waitFor(() => next.partitions.length === 2, { deadlineMs: 10_000, what: "the partitions of the dead" });
    } finally {
      clearInterval(appending);
      await log.close();
      await dead.close();
    }
  });

  it("an acknowledgement by a member that lost the partition changes nothing", async () => {
    const clock = manualClock(startMs);
    const late = manualClock(startMs);
    const zombie = await openEmbeddedLog({ folder: folder.path, clock: clock.now, sessionTimeoutMs: 1000 });
    const heir = await openEmbeddedLog({ folder: folder.path, clock: late.now, sessionTimeoutMs: 1000 });
    await zombie.createTopic({ name: topic, partitions: 1 });
    await zombie.append(topic, [record("a", "1")]);
    const kept: LogBatch[] = [];
    let finish = (): void => {};
    const busy = new Promise<void>((resolve) => (finish = resolve));
    const onBatch = async (batch: LogBatch): Promise<void> => {
      kept.push(batch);
      await busy;
    };
    const first = await zombie.subscribe({ topics: [topic], group: "g", from: "earliest", onBatch });
    await waitFor(() => kept.length === 1);
    late.advance(1001);
    const second = await heir.subscribe({ topics: [topic], group: "g", from: "earliest", onBatch: async () => {} });
    await kept[0]!.ack();
    expect(await heir.groupOffsets("g", topic)).toEqual([undefined]);
    finish();
    await Promise.all([first.stop(), second.stop()]);
    await zombie.close();
    await heir.close();
  });
});

describe("retention", () => {
  it("deletes by age and tells a subscription what it missed", async () => {
    const clock = manualClock(startMs);
    const gaps: unknown[] = [];
    const onGap = (gap: unknown): void => void gaps.push(gap);
    const log = await openEmbeddedLog({ folder: folder.path, clock: clock.now, onGap });
    await log.createTopic({ name: topic, partitions: 1, retentionMs: 1000 });
    for (let i = 0; i < 5; i++) {
      await log.append(topic, [record("a", `${i}a`), record("a", `${i}b`)]);
      clock.advance(500);
    }
    await log.applyRetention(startMs + 2000);
    expect(await log.offsets(topic)).toEqual([{ startOffset: 4n, endOffset: 10n }]);
    await expect(readAll(log, topic, 0, 3n)).rejects.toMatchObject({ code: "LOG_OFFSET_OUT_OF_RANGE" });
    expect((await log.offsetsAt(topic, startMs + 1500))[0]).toBe(6n);
    const values: string[] = [];
    const subscription = await log.subscribe({
      topics: [topic],
      from: "earliest",
      onAssignment: async () => [{ topic, partition: 0, offset: 1n }],
      onBatch: async ({ records }) => void values.push(...records.map(textOf)),
    });
    await waitFor(() => values.length === 6);
    expect(values[0]).toBe("2a");
    expect(gaps).toEqual([{ topic, partition: 0, startOffset: 1n, endOffset: 4n }]);
    await subscription.stop();
    await log.applyRetention(startMs + 1_000_000);
    expect(await log.offsets(topic)).toEqual([{ startOffset: 10n, endOffset: 10n }]);
    expect(await log.append(topic, [record("a", "next")])).toEqual([{ partition: 0, offset: 10n }]);
    await log.close();
  });

  it("deletes by size, the oldest of all partitions first", async () => {
    const clock = manualClock(startMs);
    const log = await openEmbeddedLog({ folder: folder.path, clock: clock.now });
    await log.createTopic({ name: topic, partitions: 4, retentionBytesMax: 5000 });
    for (let i = 0; i < 20; i++) {
      await log.append(topic, [record(String(i), "x".repeat(1000))]);
      clock.advance(1);
    }
    await log.applyRetention(clock.now());
    const kept: string[] = [];
    for (const [partition, { startOffset }] of (await log.offsets(topic)).entries()) {
      kept.push(...(await readAll(log, topic, partition, startOffset)).map(({ key }) => key!));
    }
    expect(kept.map(Number).toSorted((a, b) => a - b)).toEqual([16, 17, 18, 19]);
    await log.close();
  });
});

describe("damaged files", () => {
  const dataFile = (): string => join(folder.path, "data.mdb");

  async function fill(): Promise<void> {
    const log = await openEmbeddedLog({ folder: folder.path });
    await log.createTopic({ name: topic, partitions: 1 });
    for (let i = 0; i < 50; i++) await log.append(topic, [record("a", `value-${i}-${"x".repeat(5000)}`)]);
    await log.close();
  }

  it("refuses a file that is no log, and says what to do", async () => {
    writeFileSync(dataFile(), "x".repeat(20_000));
    await expect(openEmbeddedLog({ folder: folder.path })).rejects.toMatchObject({
      code: "LOG_CORRUPT",
      message: expect.stringMatching(/data\.mdb.*Restore/s),
    });
  });

  it("refuses a truncated file, each time, and leaves its size", async () => {
    await fill();
    for (const share of [0.9, 0.5, 0.1, 0.001]) {
      const size = Math.floor(statSync(dataFile()).size * share);
      truncateSync(dataFile(), size);
      for (let attempt = 0; attempt < 2; attempt++) {
        await expect(openEmbeddedLog({ folder: folder.path })).rejects.toMatchObject({ code: "LOG_CORRUPT" });
        expect(statSync(dataFile()).size).toBe(size);
      }
    }
  });

  it("finds a changed byte by the checksum when it is read", async () => {
    await fill();
    const at = readFileSync(dataFile()).indexOf("value-30-");
    const fd = openSync(dataFile(), "r+");
    writeSync(fd, "V", at);
    closeSync(fd);
    const log = await openEmbeddedLog({ folder: folder.path });
    await expect(readAll(log, topic, 0)).rejects.toMatchObject({ code: "LOG_CORRUPT", context: { offset: 30 } });
    const subscription = await log.subscribe({ topics: [topic], from: "earliest", onBatch: async () => {} });
    await expect(subscription.done).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    await log.close();
  });
});

function mountsTmpfs(path: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("full disk", () => {
  it("refuses, keeps what it acknowledged, and goes on when there is space", async ({ skip }) => {
    if (!mountsTmpfs(folder.path)) {
      const message = "SKIPPED: the full-disk test needs the right to mount a tmpfs";
      if (isRequired("mount", process.env)) throw new Error(message);
      console.warn(message);
      skip();
    }
    try {
      const log = await openEmbeddedLog({ folder: folder.path });
      await log.createTopic({ name: topic, partitions: 1 });
      const ballast = join(folder.path, "ballast");
      writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024));
      let kept = 0;
      let failure: unknown;
      while (failure === undefined && kept < 1000) {
        await log.append(topic, [record("a", "x".repeat(100_000))]).then(
          () => kept++,
          (error: unknown) => (failure = error),
        );
      }
      expect(failure).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true });
      await expect(log.append(topic, [record("a", "x".repeat(1_000_000))])).rejects.toMatchObject({
        code: "LOG_UNAVAILABLE",
      });
      expect(await readAll(log, topic, 0)).toHaveLength(kept);
      truncateSync(ballast, 0);
      expect(await log.append(topic, [record("a", "again")])).toEqual([{ partition: 0, offset: BigInt(kept) }]);
      expect(partitionOfKey("a", 1)).toBe(0);
      await log.close();
      const reopened = await openEmbeddedLog({ folder: folder.path });
      expect(await readAll(reopened, topic, 0)).toHaveLength(kept + 1);
      await reopened.close();
    } finally {
      execFileSync("umount", [folder.path]);
    }
  });
});
