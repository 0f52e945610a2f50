import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineFormatNames, lineReader, type LineFormatName } from "../../src/formats/line-reader.ts";
import { logLimits } from "../../src/log-limits.ts";

const readers = lineFormatNames.map(
  (format: LineFormatName) => [format, lineReader({ format, pattern: "^(?<time>.{4,30}) (?<message>.*)$" })] as const,
);
const lines = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify({ time: 1_795_860_000_123, level: 30, value })),
  fc
    .array(
      fc.constantFrom(
        "a=",
        "b",
        '"',
        "\\",
        " ",
        "2026-01-01T00:00:00Z",
        "ERROR",
        "[",
        "]",
        "- ",
        "{",
        "}",
        "\n",
        "200 5",
      ),
    )
    .map((pieces) => pieces.join("")),
);

describe("lineReader", () => {
  it("makes an entry of any text in any format, within the bounds, and loses no text that it cannot read", () => {
    fc.assert(
      fc.property(lines, fc.nat(4e12), (line, observedAtMs) => {
        for (const [format, read] of readers) {
          const fields = read(line, observedAtMs);
          expect(Number.isSafeInteger(fields.occurredAtMs)).toBe(true);
          expect(fields.observedAtMs).toBe(observedAtMs);
          const attributes = Object.entries(fields.attributes ?? {});
          expect(attributes.length).toBeLessThanOrEqual(logLimits.attributesMax + 2);
          for (const [, value] of attributes) expect(["string", "number", "boolean"]).toContain(typeof value);
          const isRead = fields.attributes?.["log.parse_error"] === undefined;
          if (format === "text" || !isRead) expect(fields.body).toBe(line);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("makes entries that fit into a record, whatever is in a line", () => {
    const read = lineReader({ format: "json" });
    const worst = "\u0001".repeat(200_000);
    const line = JSON.stringify({
      msg: worst,
      ...Object.fromEntries(Array.from({ length: 9 }, (_u, i) => [`${i}x`, worst])),
    });
    expect(JSON.stringify(read(line, 1)).length).toBeLessThan(1_048_576 - 65_536);
  });
});
