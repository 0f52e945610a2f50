import { AppError, manualClock, type ManualClock } from "@footfall/base";
import type { EventLog, LogBatch, SubscribeOptions } from "@footfall/log";
import { createLogger, Registry } from "@footfall/runtime";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Ingest, ingest, type IngestSpec } from "../src/index.ts";

const topic = "clicks";
const startMs = 1_700_000_000_000;
const silentAfterMs = 1_500;
const place = { topic, partition: 0 };
let clock: ManualClock;
let log: FaultyLog;
let registry: Registry;
let stored: bigint;
let next: bigint;
let fault: AppError | undefined;
let ingesting: Ingest | undefined;

/** One partition; away, it says nothing of it to whoever reads, as a client that tries for ever. */
class FaultyLog implements Pick<EventLog, "offsets" | "subscribe"> {
  isAway = false;
  offsetsAsked = 0;
  endOffset = 0n;
  #options: SubscribeOptions | undefined;
  #end!: () => void;
  readonly #done = new Promise<void>((resolve) => (this.#end = resolve));

  async offsets() {
    this.offsetsAsked += 1;
    if (this.isAway) throw new AppError("LOG_UNAVAILABLE", "No broker answers.", { retriable: true });
    return [{ startOffset: 0n, endOffset: this.endOffset }];
  }

  async subscribe(options: SubscribeOptions) {
    this.#options = options;
    await options.onAssignment!({ held: [place], lost: [] });
    const nothing = (): void => {};
    return { partitions: [place], pause: nothing, resume: nothing, stop: async () => this.#end(), done: this.#done };
  }

  reassign(): Promise<unknown> {
    return this.#options!.onAssignment!({ held: [place], lost: [place] });
  }

  async give(): Promise<void> {
    const startOffset = this.endOffset;
    this.endOffset += 1n;
    const record = { offset: startOffset, key: "k", value: Buffer.from("v"), appendedAtMs: clock.now() };
    const batch: LogBatch = {
      ...place,
      startOffset,
      records: [record],
      nextOffset: this.endOffset,
      logEndOffset: this.endOffset,
      ack: async () => {},
    };
    await this.#options!.onBatch(batch);
  }
}

beforeEach(() => {
  clock = manualClock(startMs);
  [log, registry, stored, next, fault] = [new FaultyLog(), new Registry(), 0n, 0n, undefined];
});
afterEach(async () => {
  await ingesting?.stop();
});

function begin(): Ingest {
  const open: IngestSpec["open"] = async (_held, persist) => {
    if (fault !== undefined) throw fault;
    next = stored;
    return {
      starts: [{ ...place, offset: stored }],
      isFull: false,
      take: (batch) => void (next = batch.nextOffset),
      commit: () => persist("rows", async () => void (stored = next)),
      verify: async () => {},
    };
  };
  ingesting = ingest({
    name: "clicks",
    log,
    contact: { app: "aggregator", clock: clock.now, registry, silentAfterMs },
    topics: [topic],
    group: "test",
    commitIntervalMs: 5,
    open,
    logger: createLogger({ name: "test", level: "silent" }),
    onError: () => {},
    onRestart: () => {},
    random: () => 0,
  });
  return ingesting;
}

const isReady = (): boolean => ingesting!.health().length === 0;
const commits = () => registry.getSingleMetricAsString("footfall_log_commit_timestamp_seconds");
/** The value, or undefined where the page shows none. */
async function shown(noun: string): Promise<number | undefined> {
  const text = await registry.getSingleMetricAsString(`footfall_log_${noun}`);
  const line = text.split("\n").find((each) => each.startsWith(`footfall_log_${noun}{`));
  if (line === undefined) return undefined;
  expect(line).toContain('{app="aggregator",reader="clicks"}');
  return Number(line.split(" ").at(-1));
}

it("shows when it last heard of the log, read and committed, and what waits", async () => {
  begin();
  await waitFor(isReady);
  expect(await shown("read_timestamp_seconds")).toBeUndefined();
  expect(await shown("commit_timestamp_seconds")).toBeUndefined();
  clock.advance(1_000);
  await log.give();
  await waitFor(async () => (await commits()).includes("} "));
  expect(await shown("read_timestamp_seconds")).toBe(startMs / 1000 + 1);
  expect(await shown("commit_timestamp_seconds")).toBe(startMs / 1000 + 1);
  // Commits of nothing are none.
  clock.advance(1_000);
  await waitFor(async () => (await shown("contact_timestamp_seconds")) === startMs / 1000 + 2);
  expect(await shown("commit_timestamp_seconds")).toBe(startMs / 1000 + 1);
  expect(await shown("lag_records")).toBe(0);
  log.endOffset += 7n;
  await waitFor(async () => (await shown("lag_records")) === 7);
});

it("is not ready while the log is silent, knows of no lag meanwhile, and is ready when it answers again", async () => {
  begin();
  await waitFor(isReady);
  await log.give();
  await waitFor(() => stored === 1n);
  log.isAway = true;
  await waitFor(async () => (await shown("lag_records")) === undefined);
  expect(isReady()).toBe(true);
  clock.advance(silentAfterMs + 1);
  // Nothing has failed, and commits of nothing go on.
  await waitFor(() => !isReady());
  const [problem] = ingesting!.health();
  expect(problem).toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(problem!.message).toMatch(/clicks: the log has not answered for 2 s.*No broker answers\./);
  expect(ingesting!.contact.lags()).toBeUndefined();
  expect(await shown("contact_timestamp_seconds")).toBeLessThan(clock.now() / 1000 - silentAfterMs / 1000);
  log.isAway = false;
  await waitFor(isReady);
  await waitFor(async () => (await shown("lag_records")) === 0);
  expect(await shown("contact_timestamp_seconds")).toBe(clock.now() / 1000);
});

it("is not ready where records wait for long and none is read", async () => {
  begin();
  await waitFor(isReady);
  log.endOffset = 3n;
  await waitFor(async () => (await shown("lag_records")) === 3);
  clock.advance(4 * silentAfterMs + 1);
  await waitFor(() => ingesting!.health().some(({ code }) => code === "LOG_CATCHING_UP"));
  log.endOffset = 0n;
  await log.give();
  await waitFor(isReady);
});

it("does not become ready by a commit of nothing while its state cannot be opened", async () => {
  begin();
  await waitFor(isReady);
  fault = new AppError("LAKE_UNAVAILABLE", "The disk is away.", { retriable: true });
  await expect(log.reassign()).rejects.toBe(fault);
  expect(ingesting!.contact.status().lag).toBeUndefined();
  // Commits go by, of nothing.
  const asked = log.offsetsAsked;
  clock.advance(100);
  await waitFor(() => log.offsetsAsked > asked);
  expect(ingesting!.health()).toMatchObject([{ code: "LAKE_UNAVAILABLE", message: expect.stringContaining("disk") }]);
  fault = undefined;
  await log.reassign();
  await waitFor(isReady);
  expect(ingesting!.contact.status().lag).toBe(0);
});

it("shows nothing any more once it has stopped", async () => {
  begin();
  await waitFor(isReady);
  await ingesting!.stop();
  expect(await shown("contact_timestamp_seconds")).toBeUndefined();
});
