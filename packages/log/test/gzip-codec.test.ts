import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unpack } from "../src/kafka/gzip-codec.ts";

describe("unpack", () => {
  it("gives back what was packed, of any length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 100 }), (piece, times) => {
        const whole = Buffer.concat(new Array<Uint8Array>(times).fill(piece));
        expect(unpack(gzipSync(whole)).equals(whole)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("gives back all members, though only the last one's length is known beforehand", () => {
    const packed = Buffer.concat([gzipSync("a".repeat(100_000)), gzipSync("b")]);
    expect(unpack(packed).toString()).toBe(`${"a".repeat(100_000)}b`);
  });

  it("refuses what is cut, is no gzip, or lies about its length", () => {
    const packed = gzipSync("some text".repeat(100));
    expect(() => unpack(packed.subarray(0, packed.length - 6))).toThrow();
    expect(() => unpack(Buffer.from("plain text"))).toThrow();
    expect(() => unpack(Buffer.alloc(0))).toThrow();
    packed.writeUInt32LE(0xffff_fffe, packed.length - 4);
    expect(() => unpack(packed)).toThrow();
  });
});
