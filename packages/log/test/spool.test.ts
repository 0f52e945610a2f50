import { execFileSync } from "node:child_process";
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError, manualClock, seededRandom } from "@footfall/base";
import { type EmbeddedLog, openEmbeddedLog } from "@footfall/log/embedded";
import { openSpool, type Spool, type SpoolEvent, type SpoolOptions, type SpoolStore } from "@footfall/log/spool";
import { isRequired, readAll, record, temporaryFolder, type TemporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ToldTarget, toldTarget, unavailable } from "./spool-target.ts";

const topic = "clicks";
const nowMs = 1_700_000_000_000;
const clock = manualClock(nowMs);
let folders: TemporaryFolder[];
let log: EmbeddedLog;
let store: EmbeddedLog;
let target: ToldTarget;
let spool: Spool;
let events: SpoolEvent[];

beforeEach(async () => {
  clock.set(nowMs);
  folders = [await temporaryFolder(), await temporaryFolder()];
  log = await openEmbeddedLog({ folder: folders[0]!.path });
  store = await openEmbeddedLog({ folder: folders[1]!.path, clock: clock.now });
  target = toldTarget(log);
  events = [];
});
afterEach(async () => {
  await spool.close();
  await log.close();
  await store.close();
  for (const folder of folders) await folder.remove();
});

async function open(options: Partial<SpoolOptions> = {}): Promise<void> {
  spool = await openSpool({
    log: target,
    store,
    topics: [{ name: topic, partitions: 2 }],
    spoolBytesMax: 1e8,
    slowAfterMs: 10_000,
    backOffMinMs: 1,
    backOffMaxMs: 5,
    clock: clock.now,
    random: seededRandom(1),
    onEvent: (event) => events.push(event),
    ...options,
  });
}

const isDirect = (): boolean => spool.status().spoolingSinceMs === undefined && store.storedBytes(topic) === 0;
const untilDirect = (): Promise<unknown> => waitFor(isDirect, { what: "all is forwarded" });
const counted = (kind: "spooled" | "forwarded"): number =>
  events.reduce((sum, event) => (event.kind === kind ? sum + event.records : sum), 0);

async function append(from: number, to: number, key = "a"): Promise<void> {
  for (let i = from; i < to; i++) await spool.append(topic, [record(key, `${i}`)]);
}
const numbers = (to: number): string[] => Array.from({ length: to }, (_, i) => `${i}`);

describe("a log that answers", () => {
  it("gets every record straight, and the disk none", async () => {
    let writes = 0;
    const counting: SpoolStore = { ...storeMethods(), append: (...call) => (writes++, store.append(...call)) };
    await open({ store: counting });
    await append(0, 50);
    expect(writes).toBe(0);
    expect(target.calls()).toBe(51);
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(50));
    expect(spool.status()).toMatchObject({ spoolBytes: 0, oldestSpooledAtMs: undefined, isFull: false });
  });

  it("refuses what is too large by telling the caller, and goes on straight", async () => {
    await open();
    target.valueBytesMax = 5;
    await expect(spool.append(topic, [record("a", "too long")])).rejects.toMatchObject({
      code: "LOG_RECORD_TOO_LARGE",
    });
    await append(0, 1);
    expect(counted("spooled")).toBe(0);
    await expect(spool.append("other", [record("a", "1")])).rejects.toMatchObject({ code: "LOG_TOPIC_UNKNOWN" });
  });
});

describe("a log that is away", () => {
  it("is spooled for, told of, and caught up with in order", async () => {
    await open();
    await append(0, 3);
    target.mode = "fail";
    await append(3, 20);
    clock.advance(5000);
    await waitFor(() => spool.status().oldestSpooledAtMs !== undefined);
    expect(spool.status()).toMatchObject({
      spoolingSinceMs: nowMs,
      oldestSpooledAtMs: nowMs,
      reason: "the broker is away",
    });
    expect(spool.status().spoolBytes).toBeGreaterThan(17);
    target.mode = "take";
    await untilDirect();
    await append(20, 25);
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(25));
    expect([counted("spooled"), counted("forwarded")]).toEqual([17, 17]);
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["spooling", "failed", "direct"]));
    expect(spool.status()).toMatchObject({ spoolBytes: 0, oldestSpooledAtMs: undefined });
  });

  it("has all unanswered records spooled in the order of their calls, and may answer them late", async () => {
    await open({ slowAfterMs: 40, forwardTimeoutMs: 60 });
    target.mode = "hang";
    await Promise.all(numbers(30).map((value) => spool.append(topic, [record("a", value)])));
    expect(counted("spooled")).toBe(30);
    // Now the way is known to be blocked: nothing waits for the log any more.
    const calls = target.calls();
    await append(30, 40);
    expect(target.calls() - calls).toBeLessThanOrEqual(2);
    await target.answerHanging();
    target.mode = "take";
    await untilDirect();
    await target.answerHanging();
    await append(40, 42);
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(42));
  });

  it("holds repeats, but all, when it takes records and its answers are lost", async () => {
    await open({ slowAfterMs: 40, forwardTimeoutMs: 60 });
    target.mode = "takeSilently";
    await append(0, 3);
    target.mode = "take";
    await untilDirect();
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(3));
    expect((await log.offsets(topic)).reduce((sum, { endOffset }) => sum + Number(endOffset), 0)).toBeGreaterThan(3);
  });

  it("lets a spool start, and gets its topic when it is back", async () => {
    target.mode = "hang";
    await open({ slowAfterMs: 40, forwardTimeoutMs: 50 });
    await append(0, 5);
    target.mode = "fail";
    await append(5, 6);
    target.mode = "take";
    await untilDirect();
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(6));
    expect(await log.topics()).toEqual([{ name: topic, partitions: 2 }]);
  });

  it("is gone back to under steady traffic, without one key's records changing places", async () => {
    await open();
    target.mode = "fail";
    await append(0, 1, "k0");
    let isEnough = false;
    const writers = Array.from({ length: 40 }, async (_, k) => {
      let i = k === 0 ? 1 : 0;
      for (; !isEnough; i++) await spool.append(topic, [record(`k${k}`, `${i}`)]);
      return i;
    });
    await waitFor(() => counted("spooled") > 500);
    target.mode = "take";
    await waitFor(() => spool.status().spoolingSinceMs === undefined);
    const seen = target.calls();
    await waitFor(() => target.calls() > seen + 200);
    isEnough = true;
    const written = await Promise.all(writers);
    const found = await target.firstSeen(topic);
    written.forEach((count, k) => expect(found.get(`k${k}`)).toEqual(numbers(count)));
  });
});

describe("records the log does not take", () => {
  it("too large ones are set aside, hold up nothing, and are tried again at the next start", async () => {
    await open();
    target.mode = "fail";
    const values = numbers(50).map((value) => (Number(value) % 20 === 7 ? value.padStart(100, "0") : value));
    for (const value of values) await spool.append(topic, [record("a", value)]);
    target.valueBytesMax = 50;
    target.mode = "take";
    await untilDirect();
    const small = values.filter((value) => value.length < 50);
    expect((await target.firstSeen(topic)).get("a")).toEqual(small);
    expect(spool.status().asideRecords).toBe(3);
    expect(spool.status().spoolBytes).toBeGreaterThan(300);
    await spool.close();
    target.valueBytesMax = Infinity;
    await open();
    await untilDirect();
    expect((await target.firstSeen(topic)).get("a")?.toSorted()).toEqual(values.toSorted());
    expect(spool.status()).toMatchObject({ asideRecords: 0, spoolBytes: 0 });
  });

  it("wait for their topic to be there again", async () => {
    await open();
    let isTopicGone = true;
    const { append: appendWithTopic } = target;
    target.append = (...call) =>
      isTopicGone ? Promise.reject(new AppError("LOG_TOPIC_UNKNOWN", "no such topic")) : appendWithTopic(...call);
    target.createTopic = async () => {};
    await append(0, 1);
    await waitFor(() => events.filter(({ kind }) => kind === "failed").length >= 3);
    expect(spool.status().reason).toContain("no such topic");
    target.createTopic = async () => void (isTopicGone = false);
    await untilDirect();
    expect((await target.firstSeen(topic)).get("a")).toEqual(["0"]);
  });
});

describe("bounds", () => {
  it("refuses past its bytes, and takes again when some were forwarded", async () => {
    await open({ spoolBytesMax: 5000 });
    target.mode = "fail";
    let kept = 0;
    let failure: unknown;
    while (failure === undefined && kept < 1000) {
      await spool.append(topic, [record("a", `${kept}`.padStart(100, "0"))]).then(
        () => kept++,
        (error: unknown) => (failure = error),
      );
    }
    expect(failure).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true, context: { spoolBytesMax: 5000 } });
    expect(kept).toBeGreaterThan(20);
    expect(spool.status()).toMatchObject({ isFull: true });
    expect(spool.status().spoolBytes).toBeLessThanOrEqual(5000);
    target.mode = "take";
    await untilDirect();
    expect(spool.status()).toMatchObject({ isFull: false, spoolBytes: 0 });
    await spool.append(topic, [record("a", "last")]);
    expect((await target.firstSeen(topic)).get("a")).toHaveLength(kept + 1);
  });

  it("uses the disk of forwarded records again", async () => {
    await open();
    const value = "x".repeat(2000);
    const sizes: number[] = [];
    for (let round = 0; round < 6; round++) {
      target.mode = "fail";
      await Promise.all(numbers(500).map((n) => spool.append(topic, [record(n, value)])));
      target.mode = "take";
      await untilDirect();
      sizes.push(statSync(join(folders[1]!.path, "data.mdb")).size);
    }
    expect(Math.max(...sizes)).toBeLessThan(2 * sizes[0]!);
  });

  it("goes back to the log even if the disk never took a record", async () => {
    let isDiskFull = true;
    await open({
      store: {
        ...storeMethods(),
        append: (...call) => (isDiskFull ? Promise.reject(unavailable("disk full")) : store.append(...call)),
      },
    });
    target.mode = "fail";
    await expect(append(0, 1)).rejects.toMatchObject({ message: "disk full" });
    await expect(append(0, 1)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
    target.mode = "take";
    await waitFor(() => append(0, 1).then(() => true));
    expect(counted("spooled")).toBe(0);
    isDiskFull = false;
    target.mode = "fail";
    await append(1, 3);
    target.mode = "take";
    await untilDirect();
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(3));
  });

  it("forwards from a disk that cannot delete, and deletes when it can", async () => {
    let canDelete = false;
    await open({
      store: {
        ...storeMethods(),
        deleteBefore: (...call) => (canDelete ? store.deleteBefore(...call) : Promise.reject(unavailable("disk full"))),
      },
    });
    target.mode = "fail";
    await append(0, 10);
    target.mode = "take";
    await waitFor(() => spool.status().spoolingSinceMs === undefined);
    await append(10, 12);
    expect(store.storedBytes(topic)).toBeGreaterThan(0);
    expect(events).toContainEqual(expect.objectContaining({ kind: "failed", error: unavailable("disk full") }));
    canDelete = true;
    await untilDirect();
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(12));
    expect(counted("forwarded")).toBe(10);
  });
});

describe("a restart", () => {
  it("forwards what an earlier life left, before anything new", async () => {
    await open();
    target.mode = "fail";
    await append(0, 30);
    await spool.close();
    await expect(append(30, 31)).rejects.toMatchObject({ code: "LOG_CLOSED" });
    await open();
    expect(spool.status()).toMatchObject({ oldestSpooledAtMs: nowMs });
    await append(30, 35);
    target.mode = "take";
    await untilDirect();
    await append(35, 37);
    expect((await target.firstSeen(topic)).get("a")).toEqual(numbers(37));
  });

  it("finds on disk what was unanswered when it closed, even with a log that hangs", async () => {
    await open({ slowAfterMs: 60_000 });
    target.mode = "hang";
    const appending = append(0, 1);
    await waitFor(() => target.calls() === 2);
    await spool.close();
    await appending;
    target.mode = "take";
    await open();
    await untilDirect();
    expect((await target.firstSeen(topic)).get("a")).toEqual(["0"]);
  });
});

function storeMethods(): SpoolStore {
  return {
    append: (...call) => store.append(...call),
    createTopic: (...call) => store.createTopic(...call),
    topics: () => store.topics(),
    offsets: (...call) => store.offsets(...call),
    read: (...call) => store.read(...call),
    deleteBefore: (...call) => store.deleteBefore(...call),
    storedBytes: (...call) => store.storedBytes(...call),
  };
}

function mountsTmpfs(path: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a full disk under the spool", () => {
  it("refuses, loses nothing, and recovers when there is room", async ({ skip }) => {
    const disk = await temporaryFolder();
    folders.push(disk);
    await open();
    if (!mountsTmpfs(disk.path)) {
      const message = "SKIPPED: the full-disk test needs the right to mount a tmpfs";
      if (isRequired("mount", process.env)) throw new Error(message);
      console.warn(message);
      skip();
    }
    try {
      await spool.close();
      const small = await openEmbeddedLog({ folder: disk.path });
      await open({ store: small });
      const ballast = join(disk.path, "ballast");
      writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024));
      target.mode = "fail";
      const kept: string[] = [];
      let failure: unknown;
      for (let i = 0; failure === undefined && i < 1000; i++) {
        await spool.append(topic, [record("a", `${i}`.padStart(20_000, "0"))]).then(
          () => kept.push(`${i}`.padStart(20_000, "0")),
          (error: unknown) => (failure = error),
        );
      }
      expect(failure).toMatchObject({ code: "LOG_UNAVAILABLE", retriable: true });
      truncateSync(ballast, 0);
      kept.push("there is room again");
      await spool.append(topic, [record("a", "there is room again")]);
      target.mode = "take";
      await waitFor(() => small.storedBytes(topic) === 0);
      expect((await target.firstSeen(topic)).get("a")).toEqual(kept);
      expect(await readAll(small, topic, 0, (await small.offsets(topic))[0]!.startOffset)).toEqual([]);
      await spool.close();
      await small.close();
    } finally {
      execFileSync("umount", [disk.path]);
    }
  });
});
