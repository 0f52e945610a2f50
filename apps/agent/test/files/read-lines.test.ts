import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "../../src/files/byte-source.ts";
import { type Line, readLines } from "../../src/files/read-lines.ts";

function sourceOf(bytes: Buffer): ByteSource {
  return {
    size: async () => bytes.length,
    version: async () => "",
    read: async (position, length) => bytes.subarray(position, position + length),
    close: async () => {},
  };
}

async function readAll(bytes: Buffer, readBytesMax: number, lineBytesMax = 1000, sealedAt?: number) {
  const lines: Line[] = [];
  let offset = 0;
  for (;;) {
    const batch = await readLines(sourceOf(bytes), offset, { readBytesMax, lineBytesMax, sealedAt });
    lines.push(...batch.lines);
    expect(batch.before.subarray(-256)).toEqual(bytes.subarray(Math.max(0, batch.endOffset - 256), batch.endOffset));
    if (batch.endOffset === offset) return lines;
    offset = batch.endOffset;
  }
}

describe("readLines", () => {
  it("ends lines at LF and CRLF, keeps blank ones, and gives no line that has no end", async () => {
    const lines = await readAll(Buffer.from("a\r\n\nb\rc\nopen"), 1000);
    expect(lines.map(({ offset, text }) => [offset, text])).toEqual([
      [0, "a"],
      [3, ""],
      [4, "b\rc"],
    ]);
  });

  it("gives the last piece where the content has ended, and nothing for NULs", async () => {
    expect((await readAll(Buffer.from("a\nopen"), 3, 1000, 6)).map(({ text }) => text)).toEqual(["a", "open"]);
    expect((await readAll(Buffer.from("a\n\0\0\0"), 4, 1000, 5)).map(({ text }) => text)).toEqual(["a"]);
  });

  it("waits before NULs at the end, which may be written over", async () => {
    const batch = await readLines(sourceOf(Buffer.alloc(5000)), 0, { readBytesMax: 64, lineBytesMax: 10 });
    expect(batch).toMatchObject({ lines: [], endOffset: 0 });
  });

  it("cuts between characters", async () => {
    expect(await readAll(Buffer.from("ääää\n"), 1000, 5)).toEqual([{ offset: 0, text: "ää", isCut: true }]);
    expect(await readAll(Buffer.from("12345\r\n"), 2, 5)).toEqual([{ offset: 0, text: "12345", isCut: false }]);
  });

  it("loses no byte of what is not UTF-8", async () => {
    const [line] = await readAll(Buffer.from([0xff, 0xe9, 10]), 1000);
    expect(line!.text).toBe("\u00ff\u00e9");
  });

  it("gives the same lines whatever the size of its reads", async () => {
    const piece = fc.constantFrom("a", "é", "𝄞", "\n", "\r\n", "\0", "\0\0\0\0\0\0\0\0", "longer words");
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 4, max: 30 }),
        fc.boolean(),
        async (pieces, readBytesMax, lineBytesMax, isSealed) => {
          const bytes = Buffer.from(pieces.join(""));
          const sealedAt = isSealed ? bytes.length : undefined;
          const whole = await readAll(bytes, 100_000, lineBytesMax, sealedAt);
          expect(await readAll(bytes, readBytesMax, lineBytesMax, sealedAt)).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });
});
