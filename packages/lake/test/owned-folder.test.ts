import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "@footfall/testkit";
import { afterEach, expect, it, vi } from "vitest";
import { testLake } from "./lake-fixture.ts";

const hourMs = 3_600_000;
const parents = [".spill", ".staging"] as const;

afterEach(() => {
  vi.useRealTimers();
});

async function foldersIn(root: string): Promise<readonly string[]> {
  const names = await Promise.all(
    parents.map(async (parent) => ({ parent, names: await readdir(join(root, parent)) })),
  );
  return names.flatMap((each) => each.names.map((name) => join(root, each.parent, name)));
}

async function age(folder: string, byMs: number): Promise<void> {
  const time = (Date.now() - byMs) / 1000;
  await utimes(folder, time, time);
}

it("gives each opening folders of its own, which go when it is closed", async () => {
  const { lake, open, root } = await testLake();
  const other = await open();
  expect(lake.stagingFolder).not.toBe(other.stagingFolder);
  expect(new Set(await foldersIn(root)).size).toBe(4);
  await writeFile(join(lake.stagingFolder, "rows.ndjson"), "{}");
  await lake.close();
  expect(existsSync(lake.stagingFolder)).toBe(false);
  expect(existsSync(other.stagingFolder)).toBe(true);
  await other.close();
  expect(await foldersIn(root)).toEqual([]);
});

it("keeps the folders of a living opening however old it is, and deletes those of a dead one", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { open, root } = await testLake();
  const living = await foldersIn(root);
  const dead = parents.map((parent) => join(root, parent, "of-the-dead"));
  for (const folder of dead) {
    await mkdir(folder);
    await writeFile(join(folder, "rows"), "some");
  }
  for (const folder of [...living, ...dead]) await age(folder, 25 * hourMs);
  vi.advanceTimersByTime(hourMs);
  for (const folder of living) {
    await waitFor(async () => Date.now() - (await stat(folder)).mtimeMs < hourMs, { deadlineMs: 20_000 });
  }
  await open();
  for (const folder of living) expect(existsSync(folder)).toBe(true);
  for (const folder of dead) expect(existsSync(folder)).toBe(false);
});

it("leaves a folder alone that was touched within a day, for its owner may only be slow", async () => {
  const { open, root } = await testLake();
  const living = await foldersIn(root);
  for (const folder of living) await age(folder, 23 * hourMs);
  await open();
  for (const folder of living) expect(existsSync(folder)).toBe(true);
});

it("spills again after its folder was deleted under it", async () => {
  const { lake, root } = await testLake({ memoryLimitMb: 64 });
  const sorted = "SELECT md5(i::VARCHAR) AS name, i FROM range(1000000) numbers(i) ORDER BY name";
  const query = () => lake.query(`SELECT count(*) AS n, max(i) AS last FROM (${sorted} LIMIT 900000)`);
  const before = await query();
  await rm(join(root, ".spill"), { recursive: true });
  expect(await query()).toEqual(before);
});
