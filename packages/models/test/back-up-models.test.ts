import { mkdir, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { backUpModels, type ModelStore, openModelStore } from "@footfall/models";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { model } from "./model.ts";

let folder: TemporaryFolder;
let store: ModelStore;
let models: string;
let copy: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  models = join(folder.path, "models");
  copy = join(folder.path, "copy");
  store = openModelStore(models, "demo");
});
afterEach(() => folder.remove());

async function publish(lakeVersion: number): Promise<string> {
  const encoded = model(lakeVersion, (await store.current())?.modelVersion ?? null);
  await store.publishModel(encoded, 1000 + lakeVersion);
  return encoded.manifest.modelVersion;
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(copy, path)), { recursive: true });
  await writeFile(join(copy, path), content, { flag: "wx" });
}

async function versionsOf(of: ModelStore): Promise<readonly string[]> {
  return (await of.list()).map(({ manifest }) => manifest.modelVersion).sort();
}

describe("a copy of models", () => {
  it("is a model store with the same models, of which the same is served and the same comes after a rollback", async () => {
    const [, second, third] = [await publish(1), await publish(2), await publish(3)];
    expect(await backUpModels(models, write)).toEqual({ models: 3, skipped: [] });
    const copied = openModelStore(copy, "demo");
    expect(await copied.current()).toEqual(await store.current());
    expect((await copied.readCurrent())?.version).toBe(third);
    expect(await versionsOf(copied)).toEqual(await versionsOf(store));
    expect(await copied.publications()).toEqual(await store.publications());
    expect((await copied.rollback(9)).modelVersion).toBe(second);
  });

  it("is empty where nothing was published", async () => {
    expect(await backUpModels(models, write)).toEqual({ models: 0, skipped: [] });
    await store.lockTraining().then((lock) => lock.release());
    expect(await backUpModels(models, write)).toEqual({ models: 0, skipped: [] });
    await expect(readdir(copy)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("goes on while models are published and pruned: what is pointed to is whole", async () => {
    await publish(1);
    await publish(2);
    let next = 3;
    const busy = async (path: string, content: Uint8Array | string): Promise<void> => {
      await write(path, content);
      await publish(next++);
      await store.prune(1);
    };
    await backUpModels(models, busy);
    const copied = openModelStore(copy, "demo");
    expect((await copied.readCurrent())?.version).toBe((await copied.current())?.modelVersion);
    for (const version of await versionsOf(copied)) await copied.read(version);
  });

  it("leaves a damaged model out and says so, but is not made where the served one is damaged", async () => {
    const [first, second] = [await publish(1), await publish(2)];
    const damage = async (version: string) => {
      const name = (await readdir(join(store.folder, version))).find((each) => each.endsWith(".arrow"))!;
      await truncate(join(store.folder, version, name), 10);
    };
    await damage(first);
    expect(await backUpModels(models, write)).toEqual({ models: 1, skipped: [`demo/${first}`] });
    await rm(copy, { recursive: true });
    await damage(second);
    await expect(backUpModels(models, write)).rejects.toMatchObject({ code: "MODEL_CORRUPT" });
  });
});
