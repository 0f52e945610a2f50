import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileSource } from "../src/index.ts";

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function readLines(content: string | Buffer): Promise<(string | null)[]> {
  const path = join(folder.path, "a.jsonl");
  await writeFile(path, content);
  const source = await openFileSource(path, "left");
  const places: string[] = [];
  const texts: (string | null)[] = [];
  for (let records = await source.next(); records; records = await source.next()) {
    texts.push(...records.map(({ text }) => text));
    places.push(...records.map(({ place }) => place));
  }
  await source.close();
  expect(places.every((place) => place.startsWith(`${path}:`))).toBe(true);
  return texts;
}

describe("a file of records", () => {
  it("ends lines at line feeds only, and has a last line without one", async () => {
    expect(await readLines('\uFEFF{"a":"x\u2028y"}\r\n\n  \n{"b":1}')).toEqual(['{"a":"x\u2028y"}\r', '{"b":1}']);
    expect(await readLines("")).toEqual([]);
  });

  it("keeps lines and characters whole that straddle two reads", async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) =>
      JSON.stringify({ index, text: "äöü€".repeat(index % 50) }),
    );
    expect(await readLines(`${lines.join("\n")}\n`)).toEqual(lines);
    const long = JSON.stringify("€".repeat(500_000));
    expect(await readLines(`${long}\n1\n`)).toEqual([long, "1"]);
  });

  it("is refused with a clear error where a line has no end, or there is no file", async () => {
    await expect(readLines(Buffer.alloc(17 * 1024 * 1024, 0x20))).rejects.toMatchObject({
      code: "INPUT_FORMAT_INVALID",
    });
    await expect(openFileSource(join(folder.path, "none"), "left")).rejects.toMatchObject({
      code: "INPUT_FILE_MISSING",
    });
  });
});
