import { getEventListeners } from "node:events";
import { rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dateOf, manualClock, seededRandom } from "@footfall/base";
import { compact, type Lake, type LakeRow, openLake, sessionsTable } from "@footfall/lake";
import { openModelStore, writeTunedParameters } from "@footfall/models";
import {
  buildSessionMatrix,
  defaultSimilarityParameters,
  ItemSessionsBuilder,
  learnNeighbors,
} from "@footfall/similarity";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { LearnThreads, readItemSessions, train, type TrainingProgress } from "../src/index.ts";
import { trainShops } from "../src/train-shops.ts";

const clock = manualClock(1_700_000_000_000);
const dayMs = 86_400_000;
let folder: TemporaryFolder;
let lake: Lake;

beforeEach(async () => {
  folder = await temporaryFolder();
  lake = await openLake({ root: join(folder.path, "tables"), clock: clock.now, memoryLimitMb: 256 });
});
afterEach(async () => {
  await lake.close();
  await folder.remove();
});

const models = () => join(folder.path, "models");

/** Sessions of three or four clicks around a topic of four items, with a few odd rows among them. */
function sessionRows(tenant: string, from: number, count: number): LakeRow[] {
  const random = seededRandom(from + 1);
  return Array.from({ length: count }, (_, at) => from + at).flatMap((number) => {
    const startMs = Date.UTC(2026, 0, 1) + Math.floor((number * dayMs) / 100);
    const topic = Math.floor(random() * 10);
    const names = ["view_item", "view_item", "add_to_cart", "remove_from_cart"];
    return names.map((eventName, position) => ({
      tenant,
      date: dateOf(startMs),
      session_id: `s${number}`,
      visitor_id: `v${number}`,
      session_start: startMs,
      session_end: startMs + 3000,
      position: position + 1,
      item_id: position === 3 ? "never-wanted" : `item-${topic * 4 + ((number + position) % 4)}`,
      event_name: eventName,
      occurred_at: startMs + position * 1000,
      event_id: `e${number}-${position}`,
      quantity: 1,
      price: 9.5,
    }));
  });
}

async function commitSessions(tenant: string, from: number, count: number): Promise<void> {
  const table = await lake.table(sessionsTable);
  const files = await lake.writeSmall(table, sessionRows(tenant, from, count));
  await table.commit({ add: files, operation: "append" });
}

describe("train", { timeout: 60_000 }, () => {
  it("learns from the lake, publishes, and changes nothing on the same lake version", async () => {
    await commitSessions("demo", 0, 300);
    await commitSessions("other", 0, 20);
    const progress: TrainingProgress[] = [];
    const first = await train({
      lake,
      models: models(),
      tenant: "demo",
      clock: clock.now,
      onProgress: (step) => progress.push(step),
    });
    expect(first).toMatchObject({ outcome: "published", sizes: { items: 40, sessions: 300, interactions: 900 } });
    expect(first.changes).toBeUndefined();
    expect(first.metrics!.novel.hitRate).toBeGreaterThan(0.8);
    expect(new Set(progress.map(({ stage }) => stage))).toEqual(new Set(["read", "evaluate", "learn", "publish"]));

    const model = (await openModelStore(models(), "demo").readCurrent())!;
    expect(model.version).toBe(first.modelVersion);
    expect(model.indexByItemId.has("never-wanted")).toBe(false);
    expect(model.manifest.trainedUntilMs).toBe(Date.UTC(2026, 0, 1) + Math.floor((299 * dayMs) / 100) + 3000);
    const item = model.indexByItemId.get("item-4")!;
    const neighbors = model.neighborItems.subarray(model.neighborOffsets[item], model.neighborOffsets[item + 1]);
    expect([...neighbors].map((other) => model.itemIds[other]).sort()).toEqual(["item-5", "item-6", "item-7"]);

    const again = await train({ lake, models: models(), tenant: "demo", clock: clock.now, threadsMax: 1 });
    expect(again).toMatchObject({ outcome: "unchanged", modelVersion: first.modelVersion });
    expect(again.changes).toMatchObject({ itemsNew: 0, itemsGone: 0, neighborsChangedShare: 0, topMovers: [] });
  });

  it("learns every shop's model; one that fails keeps no other from it", async () => {
    await commitSessions("demo", 0, 50);
    await commitSessions("other", 0, 50);
    const lock = await openModelStore(models(), "demo").lockTraining();
    try {
      const { signal } = new AbortController();
      const tables = join(folder.path, "tables");
      const results = await trainShops({ tables, models: models(), clock: clock.now, signal });
      expect(results).toMatchObject([
        { tenant: "demo", error: { code: "MODEL_TRAINING_LOCKED" } },
        { tenant: "other", report: { outcome: "published" } },
      ]);
      expect(await openModelStore(models(), "other").readCurrent()).toBeDefined();
      expect(await trainShops({ tables, models: models(), clock: clock.now, signal: AbortSignal.abort() })).toEqual([]);
    } finally {
      await lock.release();
    }
  });

  it("publishes nothing where only the lake version has moved, unless forced", async () => {
    await commitSessions("demo", 0, 50);
    await commitSessions("demo", 50, 50);
    const options = { lake, models: models(), tenant: "demo", clock: clock.now };
    const first = await train(options);
    await commitSessions("other", 0, 20);
    await compact(lake, await lake.existingTable("sessions"), { targetBytes: 1_048_576 });
    const second = await train(options);
    expect(second.lakeVersion).toBeGreaterThan(first.lakeVersion);
    expect(second).toMatchObject({ outcome: "unchanged", modelVersion: first.modelVersion });
    expect((await openModelStore(models(), "demo").list()).map(({ manifest }) => manifest.modelVersion)).toEqual([
      first.modelVersion,
    ]);
    const forced = await train({ ...options, forcedBecause: "a test" });
    expect(forced).toMatchObject({ outcome: "published", changes: { previousVersion: first.modelVersion } });
    const parameters = { popularityHalfLifeDays: 3 };
    expect(await train({ ...options, parameters })).toMatchObject({ outcome: "published" });
  });

  it("takes what was tuned for the shop, under what is asked; what is damaged is told", async () => {
    await commitSessions("demo", 0, 100);
    const options = { lake, models: models(), tenant: "demo", clock: clock.now };
    const store = openModelStore(models(), "demo");
    const tuned = { parameters: { alpha: 0.5, llrMin: 2 }, blend: { k: 7, sessionsShare: 0.2 } };
    const from = { study: "s", objective: "balanced", value: 1, tunedAtMs: 0 };
    await writeTunedParameters(store.folder, { ...tuned, ...from });
    await train({ ...options, parameters: { llrMin: 3 } });
    const { manifest } = (await store.readCurrent())!;
    expect(manifest.parameters).toEqual({ ...defaultSimilarityParameters, alpha: 0.5, llrMin: 3 });
    expect(manifest.blend).toMatchObject({ k: 7, sessionsShare: 0.2 });
    await writeFile(join(store.folder, "parameters.json"), '{"parameters":{"alpha":"x"},"blend":{}}');
    await expect(train(options)).rejects.toMatchObject({ code: "MODEL_CORRUPT" });
  });

  it("reports what changed, and can train on an older version", async () => {
    await commitSessions("demo", 0, 100);
    const first = await train({ lake, models: models(), tenant: "demo", clock: clock.now });
    await commitSessions("demo", 1000, 300);
    const second = await train({ lake, models: models(), tenant: "demo", clock: clock.now });
    expect(second).toMatchObject({ outcome: "published", sizes: { sessions: 400 } });
    expect(second.changes).toMatchObject({ previousVersion: first.modelVersion, itemsGone: 0 });
    const pinned = { lakeVersion: first.lakeVersion as never };
    const third = await train({ lake, models: models(), tenant: "demo", clock: clock.now, ...pinned });
    expect(third).toMatchObject({ outcome: "published", modelVersion: first.modelVersion });
  });

  it("refuses a lake or a tenant without sessions, and leaves no lock", async () => {
    const options = { lake, models: models(), tenant: "demo", clock: clock.now };
    await expect(train(options)).rejects.toMatchObject({ code: "MODEL_NO_DATA" });
    await commitSessions("other", 0, 5);
    await expect(train(options)).rejects.toMatchObject({ code: "MODEL_NO_DATA" });
    await (await openModelStore(models(), "demo").lockTraining()).release();
  });

  it("is locked out by another run", async () => {
    await commitSessions("demo", 0, 5);
    const lock = await openModelStore(models(), "demo").lockTraining();
    const run = train({ lake, models: models(), tenant: "demo", clock: clock.now });
    await expect(run).rejects.toMatchObject({ code: "MODEL_TRAINING_LOCKED" });
    await lock.release();
  });

  it("ends without publishing when its lock is lost", async () => {
    await commitSessions("demo", 0, 50);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const onProgress = ({ stage, share }: TrainingProgress): void => {
      if (stage !== "read" || share !== 0) return;
      rmSync(join(models(), "demo", ".training.lock"), { recursive: true });
      vi.advanceTimersByTime(10_000);
    };
    const run = train({ lake, models: models(), tenant: "demo", clock: clock.now, onProgress });
    await expect(run).rejects.toMatchObject({ code: "MODEL_TRAINING_LOCKED", retriable: true });
    expect(await openModelStore(models(), "demo").current()).toBeUndefined();
  });

  it("leaves no listener on the caller's signal", async () => {
    await commitSessions("demo", 0, 50);
    const { signal } = new AbortController();
    for (let run = 0; run < 3; run++) {
      await train({ lake, models: models(), tenant: "demo", clock: clock.now, signal });
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("stops when told to, without publishing", async () => {
    await commitSessions("demo", 0, 50);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(train({ lake, models: models(), tenant: "demo", clock: clock.now, signal })).rejects.toThrow("enough");
    expect(await openModelStore(models(), "demo").current()).toBeUndefined();
  });

  it("trains past a damaged served model", async () => {
    await commitSessions("demo", 0, 50);
    const first = await train({ lake, models: models(), tenant: "demo", clock: clock.now });
    const file = join(models(), "demo", first.modelVersion, "neighbors.arrow");
    const content = await readFile(file);
    await writeFile(file, content.subarray(0, 50));
    const second = await train({ lake, models: models(), tenant: "demo", clock: clock.now });
    expect(second).toMatchObject({ outcome: "published", modelVersion: first.modelVersion });
    expect(await readFile(file)).toEqual(content);
  });
});

describe("readItemSessions", () => {
  it("gives the same arrays whatever the order of the files", async () => {
    await commitSessions("a", 0, 30);
    await commitSessions("a", 30, 30);
    const rows = sessionRows("b", 0, 30)
      .concat(sessionRows("b", 30, 30))
      .reverse();
    const table = await lake.table(sessionsTable);
    const lakeVersion = await table.commit({ add: await lake.writeSmall(table, rows), operation: "append" });
    const read = (tenant: string) => readItemSessions({ lake, tenant, lakeVersion });
    expect(await read("b")).toEqual(await read("a"));
  });
});

describe("LearnThreads", { timeout: 60_000 }, () => {
  it("equals the work of one thread", async () => {
    const rows = 150_000;
    const random = seededRandom(3);
    const builder = new ItemSessionsBuilder(500, rows);
    builder.add(
      {
        sessionKeys: Int32Array.from({ length: 2 * rows }, (_, at) => Math.floor(at / 10)),
        sessionEndsMs: new Float64Array(rows).fill(1),
        positions: Int32Array.from({ length: rows }, (_, row) => row),
        items: Int32Array.from({ length: rows }, () => Math.floor(500 * random() ** 2)),
        weights: new Int32Array(rows).fill(1),
      },
      rows,
    );
    const matrix = buildSessionMatrix(builder.finish(), 100);
    const ranges: number[] = [];
    const threads = LearnThreads.start(2);
    const onRange = (done: number) => ranges.push(done);
    const alone = learnNeighbors(matrix, defaultSimilarityParameters);
    expect(await threads.learn(matrix, defaultSimilarityParameters, { onRange })).toEqual(alone);
    expect(await threads.learn(matrix, defaultSimilarityParameters)).toEqual(alone);
    expect(Math.max(...ranges)).toBeGreaterThan(1);
    await threads.close();
    await expect(threads.learn(matrix, defaultSimilarityParameters)).rejects.toThrow("a learning thread ended");
  });
});
