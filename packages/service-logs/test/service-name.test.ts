import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { LogValue } from "../src/log-entry.ts";
import { asOtherServices, isServiceName } from "../src/service-name.ts";

const runs = Number(process.env["FC_RUNS"] ?? 300);
const names = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme", maxLength: 100 }),
  fc.string({ unit: fc.constantFrom("a", ".", "'", "/", "ü", "\ud800", "\n"), maxLength: 260 }),
);

it("takes nothing that is longer than a folder's name where every byte that a path may escape is", () => {
  fc.assert(
    fc.property(names, (name) => {
      const plain = [...Buffer.from(name)].filter((byte) => /[A-Za-z0-9_~-]/.test(String.fromCharCode(byte))).length;
      const escaped = plain + (Buffer.byteLength(name) - plain) * 3;
      const isOneLine = !/[\p{Cc}\p{Surrogate}]/u.test(name);
      expect(isServiceName(name)).toBe(name !== "" && isOneLine && escaped <= 240);
    }),
    { numRuns: runs },
  );
});

it("has a name of its own for all others, which tells theirs", () => {
  fc.assert(
    fc.property(names, (service) => {
      const entry = asOtherServices<{ service: string; attributes?: Readonly<Record<string, LogValue>> }>({
        service,
        attributes: { n: 1 },
      });
      expect(isServiceName(entry.service)).toBe(true);
      const told = entry.attributes!["service.name"] as string;
      expect(told.length).toBeLessThanOrEqual(256);
      // Escapes, and throws on half a pair.
      expect(encodeURIComponent(told)).toBeDefined();
      if (service.length <= 256 && !/\p{Surrogate}/u.test(service)) expect(told).toBe(service);
    }),
    { numRuns: runs },
  );
});
