import { appendFile, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GateVerdict } from "@footfall/similarity/gate";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type ModelStore, openModelStore, tenantsWithModels } from "@footfall/models";
import { model } from "./model.ts";

let folder: TemporaryFolder;
let store: ModelStore;

beforeEach(async () => {
  folder = await temporaryFolder();
  store = openModelStore(folder.path, "demo");
});
afterEach(() => folder.remove());

async function publish(lakeVersion: number): Promise<string> {
  const encoded = model(lakeVersion, (await store.current())?.modelVersion ?? null);
  expect(await store.publishModel(encoded, 1000 + lakeVersion)).toBe("published");
  return encoded.manifest.modelVersion;
}

describe("model store", () => {
  it("is empty before the first model", async () => {
    expect(await store.current()).toBeUndefined();
    expect(await store.readCurrent()).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect(await tenantsWithModels(folder.path)).toEqual([]);
    await expect(store.rollback(1)).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
    await expect(store.read("0123456789abcdef")).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  });

  it("publishes, reads back and changes nothing for the same model", async () => {
    const version = await publish(1);
    expect(await store.current()).toEqual({ modelVersion: version, publishedAtMs: 1001, previous: null });
    expect((await store.readCurrent())?.itemIds).toEqual(["a", "b"]);
    expect(await store.publishModel(model(1), 2000)).toBe("unchanged");
    expect((await store.current())?.publishedAtMs).toBe(1001);
    expect((await readdir(store.folder)).sort()).toEqual([version, "current.json", "publications.jsonl"]);
    expect(await tenantsWithModels(folder.path)).toEqual(["demo"]);
  });

  it("rolls back to the one before, and to one by name", async () => {
    const [first, second, third] = [await publish(1), await publish(2), await publish(3)];
    expect((await store.rollback(9)).modelVersion).toBe(second);
    expect((await store.rollback(10, first)).previous).toBe(second);
    expect(
      (await store.list()).filter((stored) => stored.isCurrent).map(({ manifest }) => manifest.modelVersion),
    ).toEqual([first]);
    expect((await store.list()).map(({ manifest }) => manifest.modelVersion).sort()).toEqual(
      [first, second, third].sort(),
    );
  });

  it("refuses an empty model", async () => {
    await publish(1);
    await expect(store.publishModel(model(2, null, []), 5)).rejects.toMatchObject({ code: "MODEL_GATE_REFUSED" });
    expect((await store.current())?.publishedAtMs).toBe(1001);
  });

  it("keeps a model that was judged worse, does not serve it, and does when told why", async () => {
    const served = await publish(1);
    const encoded = model(2, served);
    const { modelVersion } = encoded.manifest;
    const gate: GateVerdict = {
      champion: served,
      sessions: 50,
      predictions: 90,
      k: 20,
      challengerMrr: 0.1,
      championMrr: 0.2,
      difference: -0.1,
      interval: [-0.15, -0.05],
      outcome: "worse",
    };
    const refusal = { code: "MODEL_GATE_REFUSED", message: expect.stringContaining(`promote ${modelVersion}`) };
    await expect(store.publishModel(encoded, 5, { gate })).rejects.toMatchObject(refusal);
    expect(await store.current()).toMatchObject({ modelVersion: served });
    expect((await store.read(modelVersion)).version).toBe(modelVersion);
    expect(await store.publishModel(encoded, 6, { gate, forcedBecause: "a sale" })).toBe("published");
    await store.rollback(7, undefined, "it was not");
    await appendFile(join(store.folder, "publications.jsonl"), '{"atMs":8,"mod');
    expect(await store.publications()).toEqual([
      { atMs: 1001, modelVersion: served, previous: null, how: "published" },
      { atMs: 5, modelVersion, previous: served, gate, how: "refused" },
      { atMs: 6, modelVersion, previous: served, gate, reason: "a sale", how: "forced" },
      { atMs: 7, modelVersion: served, previous: modelVersion, how: "rolled back", reason: "it was not" },
    ]);
  });

  it("keeps the newest models, the served one, its parent and the one before", async () => {
    const versions: string[] = [];
    for (let lakeVersion = 1; lakeVersion <= 5; lakeVersion++) versions.push(await publish(lakeVersion));
    await store.rollback(50, versions[1]);
    await store.prune(0);
    const left = (await store.list()).map(({ manifest }) => manifest.modelVersion).sort();
    expect(left).toEqual([versions[0], versions[1], versions[4]].sort());
    expect((await readdir(store.folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each(["items.arrow", "neighbors.arrow", "popularity.arrow", "manifest.json"])(
    "names a truncated or changed %s, and heals it when the same model is published again",
    async (name) => {
      const version = await publish(1);
      const path = join(store.folder, version, name);
      const content = await readFile(path);
      const corrupt = { code: "MODEL_CORRUPT", context: { file: path }, message: expect.stringContaining("Roll back") };
      await truncate(path, 20);
      await expect(store.read(version)).rejects.toMatchObject(corrupt);
      const flipped = Buffer.from(content);
      flipped[content.length >> 1]! ^= 1;
      await writeFile(path, flipped);
      await expect(store.readCurrent()).rejects.toMatchObject(corrupt);
      expect(await store.publishModel(model(1), 7)).toBe("published");
      expect((await store.readCurrent())?.version).toBe(version);
    },
  );

  it("names a damaged pointer and replaces it with the next model", async () => {
    await publish(1);
    await writeFile(join(store.folder, "current.json"), '{"modelVersion":"../../etc"}');
    await expect(store.current()).rejects.toMatchObject({ code: "MODEL_CORRUPT" });
    expect(await store.publishModel(model(2), 7)).toBe("published");
    expect((await store.current())?.previous).toBeNull();
  });

  it("lets one training run in at a time", async () => {
    const first = await store.lockTraining();
    await expect(store.lockTraining()).rejects.toMatchObject({ code: "MODEL_TRAINING_LOCKED", retriable: true });
    await first.release();
    expect(first.lost.aborted).toBe(false);
    await (await store.lockTraining()).release();
  });

  it("tells of a lock that was lost, and points to nothing after that", async () => {
    await publish(1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const lock = await store.lockTraining();
    await rm(join(store.folder, ".training.lock"), { recursive: true });
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await waitFor(() => lock.lost.aborted, { deadlineMs: 30_000 });
    expect(lock.lost.reason).toMatchObject({ code: "MODEL_TRAINING_LOCKED", retriable: true });
    await expect(store.publishModel(model(2), 5, { signal: lock.lost })).rejects.toBe(lock.lost.reason);
    expect((await store.current())?.publishedAtMs).toBe(1001);
    const other = await store.lockTraining();
    await lock.release();
    await expect(store.lockTraining()).rejects.toMatchObject({ code: "MODEL_TRAINING_LOCKED" });
    await other.release();
  });

  it("says so when the folder cannot be written", async () => {
    await writeFile(join(folder.path, "demo"), "a file where the folder should be");
    await expect(store.lockTraining()).rejects.toMatchObject({ code: "MODEL_UNAVAILABLE", retriable: true });
    await expect(store.publishModel(model(1), 1)).rejects.toMatchObject({ code: "MODEL_UNAVAILABLE" });
  });

  it("tells a watcher of every new pointer, and goes on after a fault", async () => {
    const seen: string[] = [];
    const errors: unknown[] = [];
    const stop = store.watch(({ modelVersion }) => void seen.push(modelVersion), {
      intervalMs: 1,
      onError: (error) => errors.push(error),
    });
    const first = await publish(1);
    await waitFor(() => seen.length === 1);
    await writeFile(join(store.folder, "current.json"), "{");
    await waitFor(() => errors.length > 0);
    await store.publishModel(model(2), 8);
    await waitFor(() => seen.length === 2);
    stop();
    expect(seen).toEqual([first, model(2).manifest.modelVersion]);
  });
});
