import { parseMetricQuery } from "@footfall/metrics";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { readQuery, writeQuery } from "../page/metrics/query-text.js";
import { steppedRange } from "../page/metrics/steps.js";
import { unitOf } from "../page/metrics/units.js";

const name = fc.stringMatching(/^[a-zA-Z_]\w{0,9}$/);
const query = fc.record({
  applied: fc.constantFrom("rate", "avg", "last", "p99", "p99.9"),
  name,
  matchers: fc.array(
    fc.record({
      label: name,
      operator: fc.constantFrom("=", "!="),
      value: fc.string({ unit: fc.constantFrom(...'ab \\"n\n{}(),=') }),
    }),
    { maxLength: 3 },
  ),
  by: fc.option(fc.array(name, { maxLength: 3 }), { nil: undefined }),
});

describe("a query as text", () => {
  it("is written so that the server reads the same, and so do the controls", () => {
    fc.assert(
      fc.property(query, (written) => {
        const text = writeQuery(written);
        expect(readQuery(text)).toEqual(written);
        const parsed = parseMetricQuery(text);
        expect(parsed.name).toBe(written.name);
        expect(parsed.by).toEqual(written.by);
        expect(parsed.matchers.map(({ label }) => label)).toEqual(written.matchers.map(({ label }) => label));
        for (const [at, { operator, value }] of written.matchers.entries())
          expect(parsed.matchers[at]!.matches(value)).toBe(operator === "=");
      }),
    );
  });

  it.each(["", "rate(a", "a)", 'a{b="c}', "a{b=c}", "rate(a) by job", "a b"])(
    "is left alone where it is %j",
    (text) => {
      expect(readQuery(text)).toBeUndefined();
      expect(() => parseMetricQuery(text)).toThrow();
    },
  );
});

// grafana/grafana#17439: bytes without units.
test.each([
  ["up", 1, "1"],
  ["rate(hits_total)", 1234.5, "1.23K /s"],
  ["rate(sent_bytes_total)", 3 * 2 ** 20, "3 MiB/s"],
  ["min(node_memory_MemAvailable_bytes)", 1.5 * 2 ** 30, "1.5 GiB"],
  ["p95(request_seconds)", 0.0123, "12.3 ms"],
  ["max(lag_seconds)", 5_400, "90 min"],
  ["rate(node_cpu_seconds_total)", 1.3, "1.3 s/s"],
  ["last(loss_ratio)", 0.005, "0.5 %"],
  ["rate(request_seconds_count)", 4, "4 /s"],
])("values of %s have their unit: %d is %s", (text, value, shown) => {
  expect(unitOf(readQuery(text)).format(value)).toBe(shown);
});

test("steps cover a range, begin at their multiples, and are few", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 40 }), (from, rangeMs) => {
      const { fromMs, toMs, stepMs } = steppedRange({ from, to: from + rangeMs });
      expect([fromMs % stepMs, toMs % stepMs, stepMs % 10_000]).toEqual([0, 0, 0]);
      expect(fromMs <= from && toMs >= from + rangeMs).toBe(true);
      expect((toMs - fromMs) / stepMs).toBeLessThanOrEqual(182);
    }),
  );
});
