import { appendFile, mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder, type TemporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  backUpLake,
  BackupWriter,
  compact,
  type Lake,
  type LakeTable,
  restoreBackup,
  type TableSchema,
} from "../../src/index.ts";
import { formatManifest } from "../../src/backup/backup-manifest.ts";
import { testLake } from "../lake-fixture.ts";
import { append, backUp, idsOf, numbers, restore, vacuumAll } from "./backup-fixture.ts";

const leaseMs = 600_000;
let place: TemporaryFolder;
let folder: string;
let storage: string;

beforeEach(async () => {
  place = await temporaryFolder();
  folder = join(place.path, "backup");
  storage = join(place.path, "storage");
});
afterEach(() => place.remove());

async function smallFiles() {
  const test = await testLake();
  const table = await test.lake.table(numbers);
  for (let i = 0; i < 6; i += 1) await append(test.lake, table, [2 * i, 2 * i + 1]);
  test.clock.advance(1);
  return { ...test, table };
}

const all = Array.from({ length: 12 }, (_, id) => id);

async function replaceAll(lake: Lake, table: LakeTable): Promise<void> {
  expect(await compact(lake, table, { targetBytes: 1_048_576 })).toMatchObject({ filesBefore: 6 });
}

describe("vacuum during a backup", () => {
  it("leaves what is pinned, and takes it when the backup has ended", async () => {
    const { lake, table, clock } = await smallFiles();
    const removed: number[] = [];
    let hasReplaced = false;
    await backUp(lake, folder, {
      clock: clock.now,
      async beforeCopy(path) {
        if (!path.endsWith(".parquet") || hasReplaced) return;
        hasReplaced = true;
        await replaceAll(lake, table);
        clock.advance(1);
        removed.push(await vacuumAll(table, clock.now));
      },
    });
    expect(removed).toEqual([0]);
    expect(await vacuumAll(table, clock.now)).toBe(6);
    const restored = await restore(folder, storage, clock.now);
    expect(await idsOf(restored.lake)).toEqual(all);
    await restored.lake.close();
  });

  it("is not held up for ever by one that was killed, which restore refuses", async () => {
    const { lake, table, clock } = await smallFiles();
    let isKilled: () => void = () => {};
    const killed = new Promise<void>((resolve) => (isKilled = resolve));
    // A dead process does nothing more: neither does this one, which is left waiting.
    void backUp(lake, folder, {
      clock: clock.now,
      beforeCopy: (path) => (path.endsWith(".parquet") ? new Promise<void>(() => isKilled()) : undefined),
    });
    await killed;
    await replaceAll(lake, table);
    clock.advance(leaseMs);
    expect(await readdir(join(lake.root, ".pins"))).toHaveLength(1);
    clock.advance(-1);
    expect(await vacuumAll(table, clock.now)).toBe(0);
    clock.advance(1);
    expect(await vacuumAll(table, clock.now)).toBe(6);
    expect(await readdir(join(lake.root, ".pins"))).toEqual([]);
    await expect(restoreBackup({ folder, storageDir: storage })).rejects.toMatchObject({
      code: "LAKE_BACKUP_CORRUPT",
      message: expect.stringContaining("broken off"),
    });
    await expect(stat(storage)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(backUp(lake, folder, { clock: clock.now })).rejects.toMatchObject({ code: "LAKE_BACKUP_REFUSED" });
  });

  it("is not held up by a pin of a clock that was set back, nor by one that a power cut has emptied", async () => {
    const { lake, table, clock } = await smallFiles();
    await replaceAll(lake, table);
    clock.advance(1);
    const pins = join(lake.root, ".pins");
    await mkdir(pins);
    const far = { tables: { numbers: 0 }, expiresAtMs: clock.now() + 7_200_000 };
    await writeFile(join(pins, "far.json"), JSON.stringify(far));
    await writeFile(join(pins, "empty.json"), "");
    expect(await vacuumAll(table, clock.now)).toBe(6);
  });
});

it("pins derived tables before those that they were derived from", async () => {
  const { lake, table: source, clock } = await smallFiles();
  const derivedSchema: TableSchema = { ...numbers, name: "a_derived" };
  const derived = await lake.table(derivedSchema);
  const version = async () => BigInt((await source.snapshot()).version);
  await derived.commit({ add: [], progress: new Map([["numbers-version", await version()]]), operation: "derive" });
  // Both go on with each look at either of them.
  const busy = (table: LakeTable): LakeTable =>
    new Proxy(table, {
      get(target, name) {
        const value: unknown = target[name as keyof LakeTable];
        if (name !== "snapshot") return typeof value === "function" ? (value.bind(target) as unknown) : value;
        return async (...args: Parameters<LakeTable["snapshot"]>) => {
          const seen = await target.snapshot(...args);
          await append(lake, source, [1000 + seen.version]);
          const progress = new Map([["numbers-version", await version()]]);
          await derived.commit({ add: [], progress, operation: "derive" });
          return seen;
        };
      },
    });
  const moving: Lake = { ...lake, existingTable: async (name) => busy(await lake.existingTable(name)) };
  await backUp(moving, folder, { clock: clock.now });
  const restored = await restore(folder, storage, clock.now);
  const includes = (await (await restored.lake.existingTable("a_derived")).snapshot()).progress.get("numbers-version");
  const { version: has } = await (await restored.lake.existingTable("numbers")).snapshot();
  expect(Number(includes)).toBeLessThanOrEqual(has);
  await restored.lake.close();
});

describe("a backup", () => {
  it("is refused where something is, and empties its folder when it fails", async () => {
    const { lake, table, clock } = await smallFiles();
    await backUp(lake, folder, { clock: clock.now });
    await expect(backUp(lake, folder, { clock: clock.now })).rejects.toMatchObject({
      code: "LAKE_BACKUP_REFUSED",
      message: expect.stringContaining("holds a backup already"),
    });
    const [damaged] = (await table.snapshot()).files;
    await appendFile(join(table.folder, damaged!.path), "x");
    const writer = await BackupWriter.open(storage);
    await expect(backUpLake(lake, writer, { clock: clock.now })).rejects.toMatchObject({
      code: "LAKE_FILE_CORRUPT",
      message: expect.stringContaining(damaged!.path),
    });
    await writer.discard();
    expect(await readdir(storage)).toEqual([]);
    expect(await readdir(join(lake.root, ".pins"))).toEqual([]);
  });

  it("names a data file that is not there, and one whose bytes are not those of a table", async () => {
    const { lake, table, clock } = await smallFiles();
    const [first, second] = (await table.snapshot()).files.map(({ path }) => join(table.folder, path));
    const file = await open(first!, "r+");
    await file.write(Buffer.alloc(64), 0, 64, (await file.stat()).size - 64);
    await file.close();
    await expect(backUp(lake, folder, { clock: clock.now })).rejects.toMatchObject({ code: "LAKE_FILE_CORRUPT" });
    await rm(second!);
    await expect(backUp(lake, storage, { clock: clock.now })).rejects.toMatchObject({
      code: "LAKE_FILE_MISSING",
      message: expect.stringContaining(second!),
    });
  });

  it("shares no file with the lake, and is for its owner's eyes only", async () => {
    const { lake, table, clock } = await smallFiles();
    await backUp(lake, folder, { clock: clock.now });
    for (const { path } of (await table.snapshot()).files) {
      const copy = await stat(join(folder, "tables", "numbers", path));
      expect(copy.nlink).toBe(1);
      expect(copy.ino).not.toBe((await stat(join(table.folder, path))).ino);
    }
    for (const name of await readdir(folder, { recursive: true })) {
      expect((await stat(join(folder, name))).mode & 0o077, name).toBe(0);
    }
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });
});

describe("restore", () => {
  async function backedUp() {
    const test = await smallFiles();
    await backUp(test.lake, folder, { clock: test.clock.now });
    const manifest = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")) as { files: { path: string }[] };
    return { ...test, paths: manifest.files.map(({ path }) => join(folder, path)) };
  }

  it("tells damage of any one file by its name, and restores nothing", async () => {
    const { paths } = await backedUp();
    expect(paths.length).toBe(6 + 7 + 2);
    for (const path of paths) {
      const whole = await readFile(path);
      const flipped = Buffer.from(whole);
      flipped[flipped.length >> 1]! ^= 1;
      for (const damage of [flipped, whole.subarray(0, -1), undefined]) {
        if (damage === undefined) await rm(path);
        else await writeFile(path, damage);
        await expect(restoreBackup({ folder, storageDir: storage })).rejects.toMatchObject({
          code: "LAKE_BACKUP_CORRUPT",
          message: expect.stringContaining(path),
        });
        await expect(stat(storage)).rejects.toMatchObject({ code: "ENOENT" });
      }
      await writeFile(path, whole);
    }
    await restoreBackup({ folder, storageDir: storage });
  });

  it("refuses a manifest that was changed, and one that leads out of the folder", async () => {
    await backedUp();
    const path = join(folder, "manifest.json");
    const text = await readFile(path, "utf8");
    for (const changed of [text.slice(0, -20), text.replace('"rows": 12', '"rows": 13'), "null", "{}"]) {
      await writeFile(path, changed);
      const message = expect.stringContaining(path);
      const expected = { code: "LAKE_BACKUP_CORRUPT", message };
      await expect(restoreBackup({ folder, storageDir: storage })).rejects.toMatchObject(expected);
    }
    for (const outside of ["../x", "tables/../../x", "/x", "tables//x", "x"]) {
      const files = [{ path: outside, bytes: 1, sha256: "0".repeat(64) }];
      await writeFile(path, formatManifest({ form: 1, pinnedAtMs: 0, tables: [], files }));
      await expect(restoreBackup({ folder, storageDir: storage })).rejects.toMatchObject({
        code: "LAKE_BACKUP_CORRUPT",
        message: expect.stringContaining("which no backup does"),
      });
    }
  });

  it("fills an empty folder only", async () => {
    const { lake } = await backedUp();
    await mkdir(storage);
    await writeFile(join(storage, "mine"), "x");
    await expect(restoreBackup({ folder, storageDir: storage })).rejects.toMatchObject({ code: "LAKE_BACKUP_REFUSED" });
    await rm(join(storage, "mine"));
    await mkdir(join(storage, "lost+found"));
    await restoreBackup({ folder, storageDir: storage });
    expect((await readdir(storage)).sort()).toEqual(["lost+found", "tables"]);
    await expect(restoreBackup({ folder, storageDir: storage })).rejects.toMatchObject({ code: "LAKE_BACKUP_REFUSED" });
    await expect(restoreBackup({ folder: lake.root, storageDir: storage })).rejects.toMatchObject({
      code: "LAKE_BACKUP_CORRUPT",
    });
  });
});
