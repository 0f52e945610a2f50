import { Buffer } from "node:buffer";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@footfall/base";
import { eventsTable, openLake } from "@footfall/lake";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { demoWriteKeys, saveWriteKeys, storageFolders } from "@footfall/runtime";
import { readAll, temporaryFolder, type TemporaryFolder, textOf } from "@footfall/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";

let place: TemporaryFolder;
let storage: string;

beforeAll(async () => {
  place = await temporaryFolder();
  storage = join(place.path, "storage");
  const folders = storageFolders(storage);
  const lake = await openLake({ root: folders.tables, clock: systemClock, threads: 1 });
  const table = await lake.table(eventsTable);
  const row = { tenant: "demo", date: "2026-11-23", hour: 7, event_id: "e-1" };
  const add = await lake.writeSmall(table, [row]);
  await table.commit({ add, progress: new Map([["clicks-0", 1n]]), operation: "append" });
  await lake.close();
  await saveWriteKeys(storage, demoWriteKeys.values());
  await fill(folders.spool, "spooled");
  await fill(folders.log, "logged");
});
afterAll(() => place.remove());

async function fill(folder: string, text: string): Promise<void> {
  const log = await openEmbeddedLog({ folder });
  await log.createTopic({ name: "clicks", partitions: 1 });
  await log.append("clicks", [{ key: "v", value: Buffer.from(text) }]);
  await log.close();
}

async function textsIn(folder: string): Promise<readonly string[]> {
  const log = await openEmbeddedLog({ folder });
  try {
    return (await readAll(log, "clicks", 0)).map(textOf);
  } finally {
    await log.close();
  }
}

const lake = (folder: string, ...args: string[]) => runCommand("scripts/lake.ts", ["--storage", folder, ...args]);

it("takes spool, keys and, on demand, the log along; refuses what is no good place", { timeout: 240_000 }, async () => {
  const [folder, restored] = [join(place.path, "backup"), join(place.path, "restored")];
  const made = await lake(storage, "backup", "--with-log", folder);
  expect(made).toMatchObject({ exitCode: 0, stderr: "" });
  expect(made.stdout).toContain("1 tables, 0 models, 8 files");
  expect(made.stdout).toContain("(keys, log, spool, tables)");
  expect(await lake(storage, "backup", folder)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("LAKE_BACKUP_REFUSED"),
  });
  expect((await lake(storage, "backup", join(storage, "backup"))).stderr).toContain("inside of the storage folder");

  expect(await lake(restored, "restore", folder)).toMatchObject({ exitCode: 0, stderr: "" });
  const folders = storageFolders(restored);
  expect(await textsIn(folders.spool)).toEqual(["spooled"]);
  expect(await textsIn(folders.log)).toEqual(["logged"]);
  const keys = join(folders.keys, "write-keys.json");
  expect((await stat(keys)).mode & 0o777).toBe(0o600);
  expect((await stat(folders.keys)).mode & 0o777).toBe(0o700);
  expect((await lake(restored, "sql", "SELECT event_id FROM events")).stdout).toContain("e-1");
  expect((await lake(restored, "restore", folder)).stderr).toContain("LAKE_BACKUP_REFUSED");

  const without = join(place.path, "without-log");
  await lake(storage, "backup", without);
  expect(await readdir(without)).toEqual(["keys", "manifest.json", "spool", "tables"]);
  expect((await lake(join(place.path, "none"), "backup", without)).stderr).toContain("There is no lake");
});
