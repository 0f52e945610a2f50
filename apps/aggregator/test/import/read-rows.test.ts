import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { LineCounter } from "../../src/import/count-lines.ts";
import { openClickLog, readRows } from "../../src/import/index.ts";
import { readLines } from "../../src/import/read-lines.ts";

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const pieces = fc.array(fc.constantFrom("a", "é", '"', ",", " ", "\t", "\n", "\r\n", "\r", "\0"), { maxLength: 40 });

it("counts from the bytes as many lines as are read, however they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 9 }), async (parts, size) => {
      const bytes = Buffer.from(parts.join(""));
      const counter = new LineCounter(",");
      const lines: string[] = [];
      for await (const chunk of inChunks(bytes, size)) counter.push(chunk);
      for await (const batch of readLines(inChunks(bytes, size))) lines.push(...batch.map(({ text }) => text));
      expect(counter.lines).toBe(lines.length);
      const expected = parts.join("").split(/\r\n|\r|\n/);
      expect(lines).toEqual(expected.filter((line) => !/^[ \t]*$/.test(line)));
    }),
  );
});

it.each([
  ["a,b\nc,d", true],
  ["a,b c\r\nc,d\r\n", true],
  ["a,b\r\nc,d\n", false],
  ["a,b\rc,d\r", false],
  ['a,"b"\n', false],
  ["a ,b\n", false],
  ["a, b\n", false],
  ["a,b \n", false],
  ["a,b\n c,d\n", false],
  ["a,b ", false],
  ["a\t,b\n", false],
  ["a\0,b\n", false],
])("%j is plain: %s", (text, isPlain) => {
  const counter = new LineCounter(",");
  counter.push(Buffer.from(text));
  expect(counter.isPlain).toBe(isPlain);
});

it("names the line of a row that is no text in UTF-8, and loses no byte of it", async () => {
  const file = join(folder.path, "latin1.csv");
  await writeFile(file, Buffer.from("s1,a,1700000000\n\ns1,M\u00fctze,1700000001\ns1,b,1700000002\n", "latin1"));
  const rows = [];
  for await (const batch of readRows(await openClickLog(file, "sessions"))) rows.push(...batch);
  expect(rows.map(({ line, problem }) => [line, problem])).toEqual([
    [1, undefined],
    [3, "Line 3: it is not UTF-8."],
    [4, undefined],
  ]);
  expect(rows[1]!.text).toBe("s1,M\u00fctze,1700000001");
});
