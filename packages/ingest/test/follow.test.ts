import { AppError, errorCodeOf, manualClock } from "@footfall/base";
import { follow, type Follower, type FollowSpec } from "@footfall/ingest";
import type { EventLog, LogRecord } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { Registry } from "@footfall/runtime";
import { record, temporaryFolder, type TemporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const topic = "numbers";
const startMs = 1_700_000_000_000;
const clock = manualClock(startMs);
const deadlineMs = 20_000;
let folder: TemporaryFolder;
let log: EventLog;
let follower: Follower | undefined;
let registry: Registry;
let values: number[];
let skipped: number;
let failures: unknown[];

beforeEach(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: folder.path, clock: clock.now });
  registry = new Registry();
  [values, skipped, failures] = [[], 0, []];
});
afterEach(async () => {
  await follower?.stop();
  await log.close();
  await folder.remove();
});

function begin(more: Partial<FollowSpec<number>> = {}): Follower {
  follower = follow<number>({
    name: "numbers",
    contact: { app: "console", clock: clock.now, registry },
    log,
    topics: [topic],
    from: () => 0,
    decode: ({ value }: LogRecord) => JSON.parse(value!.toString()) as number | undefined,
    take(read, _batch, unread) {
      values.push(...read);
      skipped += unread;
    },
    onFailure: (error) => failures.push(error),
    ...more,
  });
  return follower;
}

const create = () => log.createTopic({ name: topic, partitions: 2 });
const send = (...texts: string[]) =>
  log.append(
    topic,
    texts.map((text) => record(text, text)),
  );
const until = (count: number) => waitFor(() => values.length === count, { deadlineMs });

describe("follow", () => {
  it("reads from a time on, and says when it has read what was there", async () => {
    await create();
    await send("1", "2");
    clock.advance(1000);
    await send("3", "4");
    const since = begin({ from: () => startMs + 500 });
    await until(2);
    expect(values.toSorted()).toEqual([3, 4]);
    await waitFor(() => since.left === 0, { deadlineMs });
    await send("5");
    await until(3);
    expect(since.left).toBe(0);
  });

  it("reads only what is new where told so", async () => {
    await create();
    await send("1");
    await begin({ from: () => "latest" }).begun;
    await send("2");
    await until(1);
    expect(values).toEqual([2]);
  });

  it("skips and counts what cannot be read, tombstones too, and goes on", async () => {
    await create();
    begin();
    await send("1", "{broken");
    await log.append(topic, [{ key: "1", value: null }]);
    await send("2");
    await until(2);
    await waitFor(() => skipped === 2, { deadlineMs });
    expect(failures).toEqual([]);
  });

  it("waits for a topic that does not exist yet, and says so once", async () => {
    const waiting = begin();
    await waiting.begun;
    expect(waiting.failure).toMatchObject({ code: "LOG_TOPIC_UNKNOWN" });
    expect(waiting.left).toBeUndefined();
    await create();
    await send("1");
    await until(1);
    expect(failures).toHaveLength(1);
    expect(waiting.failure).toBeUndefined();
  });

  it("begins anew where another log has taken the place of the one it read", async () => {
    await create();
    await send("1", "2", "3");
    let target = log;
    let end = (): void => {};
    const cut = new Promise<never>((_, reject) => (end = () => reject(new AppError("LOG_UNAVAILABLE", "cut"))));
    const replaced: FollowSpec<number>["log"] = {
      offsets: (name) => target.offsets(name),
      offsetsAt: (name, timeMs) => target.offsetsAt(name, timeMs),
      async subscribe(options) {
        const subscription = await target.subscribe(options);
        return target === log ? { ...subscription, stop: () => subscription.stop(), done: cut } : subscription;
      },
    };
    begin({ log: replaced });
    await until(3);
    const other = await temporaryFolder();
    const otherLog = await openEmbeddedLog({ folder: other.path, clock: clock.now });
    try {
      await otherLog.createTopic({ name: topic, partitions: 2 });
      await otherLog.append(topic, [record("1", "7")]);
      target = otherLog;
      end();
      await until(4);
      expect(values.at(-1)).toBe(7);
      expect(failures.map(errorCodeOf)).toEqual(["LOG_UNAVAILABLE", "LOG_OFFSET_OUT_OF_RANGE"]);
    } finally {
      await follower!.stop();
      await otherLog.close();
      await other.remove();
    }
  });
});
