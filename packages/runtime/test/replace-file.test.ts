import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceFile } from "../src/replace-file.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => void (folder = await temporaryFolder()));
afterEach(() => folder.remove());

test("a file is whole whoever replaces it at the same time, and nothing stays beside it", async () => {
  const path = join(folder.path, "new", "state.json");
  const contents = ["a", "b", "c"].map((letter) => letter.repeat(100_000));
  await Promise.all(contents.map((content) => replaceFile(path, content)));
  expect(contents).toContain(await readFile(path, "utf8"));
  expect(await readdir(join(folder.path, "new"))).toEqual(["state.json"]);
});

test("what cannot be replaced stays, and nothing beside it", async () => {
  const path = join(folder.path, "state.json");
  await mkdir(join(path, "taken"), { recursive: true });
  await expect(replaceFile(path, "new")).rejects.toThrow();
  expect(await readdir(folder.path)).toEqual(["state.json"]);
});
