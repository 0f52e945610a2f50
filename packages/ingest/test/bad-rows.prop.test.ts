import { AppError } from "@footfall/base";
import { writeWithoutBadRows } from "@footfall/ingest";
import type { DataFile } from "@footfall/lake";
import fc from "fast-check";
import { expect, test } from "vitest";

const fileOf = (rows: readonly number[]): DataFile => ({
  path: rows.join(),
  partition: {},
  rows: rows.length,
  bytes: 1,
});

test("all rows but those at fault are written once, in order, and few writes find them", async () => {
  const input = fc.record({ count: fc.nat(200), bad: fc.uniqueArray(fc.nat(199), { maxLength: 6 }) });
  await fc.assert(
    fc.asyncProperty(input, async ({ count, bad }) => {
      const rows = Array.from({ length: count }, (_, i) => i);
      const faulty = new Set(bad.filter((row) => row < count));
      let writes = 0;
      const result = await writeWithoutBadRows(rows, async (part) => {
        writes += 1;
        if (part.some((row) => faulty.has(row))) throw new AppError("LAKE_QUERY_FAILED", "cannot be stored");
        return [fileOf(part)];
      });
      const written = result.files.flatMap(({ path }) => path.split(",").map(Number));
      expect(written).toEqual(rows.filter((row) => !faulty.has(row)));
      expect(result.bad.map(({ row }) => row)).toEqual(rows.filter((row) => faulty.has(row)));
      const depth = Math.ceil(Math.log2(Math.max(2, count))) + 1;
      expect(writes).toBeLessThanOrEqual(1 + 2 * depth * faulty.size);
    }),
  );
});

test.each(["LAKE_UNAVAILABLE", "LAKE_WRITER_FENCED", "INTERNAL"] as const)(
  "a failure by %s is no row's fault",
  async (code) => {
    const failure = new AppError(code, "for another reason");
    await expect(writeWithoutBadRows([1, 2], () => Promise.reject(failure))).rejects.toBe(failure);
  },
);
