import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fingerprint, fnv1a64 } from "../../src/alerts/fingerprint.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("FNV-1a gives the published values", () => {
  expect(["", "a", "foobar"].map((text) => fnv1a64(bytesOf(text)))).toEqual([
    "cbf29ce484222325",
    "af63dc4c8601ec8c",
    "85944171f73967e8",
  ]);
});

test("FNV-1a in halves is the one in 64 bits", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      let hash = 0xcbf29ce484222325n;
      for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
      expect(fnv1a64(bytes)).toBe(hash.toString(16).padStart(16, "0"));
    }),
  );
});

test("a fingerprint depends on labels, not on their order; another hash can be given", () => {
  expect(fingerprint({ b: "1", a: "2" })).toBe(fingerprint({ a: "2", b: "1" }));
  expect(fingerprint({ a: "12" })).not.toBe(fingerprint({ a1: "2" }));
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  expect(fingerprint({ a: "2" }, sha256)).toHaveLength(64);
});
