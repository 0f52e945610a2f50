import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@footfall/testkit";
import { expect, it } from "vitest";
import { listFiles } from "../../src/files/list-files.ts";

it("lists what matches, once, without hidden files and missing folders", async () => {
  const { path: root, remove } = await temporaryFolder();
  try {
    for (const folder of ["a", "b"]) await mkdir(join(root, folder));
    for (const name of ["a/x.log", "a/x.log.1", "a/.hidden.log", "b/y.log", "b/y+log", "c.log"]) {
      await writeFile(join(root, name), "");
    }
    const list = async (...patterns: string[]) =>
      (await listFiles(patterns.map((pattern) => join(root, pattern)))).map((path) => path.slice(root.length + 1));
    expect(await list("*/*.log*", "a/x.log")).toEqual(["a/x.log", "a/x.log.1", "b/y.log"]);
    expect(await list("?.log", "none/*.log", "c.log/*")).toEqual(["c.log"]);
    expect(await list("b/y+*")).toEqual(["b/y+log"]);
  } finally {
    await remove();
  }
});
