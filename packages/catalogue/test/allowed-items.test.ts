import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AllowedItems, Catalogue, compileFilter } from "../src/index.ts";

const step = fc.record({
  number: fc.integer({ min: 0, max: 3_999 }),
  count: fc.integer({ min: 1, max: 900 }),
  isIn: fc.boolean(),
});

test("what is remembered and the others are all that pass, however the catalogue changes between looks", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const catalogue = new Catalogue();
      const filter = compileFilter({ field: "inStock", is: true }, catalogue);
      const allowed = new AllowedItems(catalogue, filter);
      let lsn = 1n;
      for (const { number, count, isIn } of steps) {
        for (let at = number; at < number + count; at++) {
          const item = { itemId: `i${at}`, inStock: isIn, attributes: {} };
          catalogue.apply({ is: "item", item, position: { lsn: lsn++, index: 0 } });
        }
        const listed = [...allowed.remembered(), ...allowed.others()];
        const passing = Array.from({ length: catalogue.end }, (_, item) => item).filter(filter);
        expect(listed.toSorted((a, b) => a - b)).toEqual(passing);
      }
    }),
    { numRuns: Number(process.env["FC_RUNS"] ?? 60) },
  );
});

test("a second look asks the filter only of what is remembered or changed", () => {
  const catalogue = new Catalogue();
  for (let at = 0; at < 20_000; at++) {
    const item = { itemId: `i${at}`, inStock: at % 4_000 === 0, attributes: {} };
    catalogue.apply({ is: "item", item, position: { lsn: 1n, index: 0 } });
  }
  let asked = 0;
  const filter = compileFilter({ field: "inStock", is: true }, catalogue);
  const allowed = new AllowedItems(catalogue, (number) => {
    asked += 1;
    return filter(number);
  });
  expect(allowed.remembered()).toHaveLength(5);
  expect(asked).toBeGreaterThanOrEqual(20_000);
  asked = 0;
  catalogue.apply({
    is: "item",
    item: { itemId: "new", inStock: true, attributes: {} },
    position: { lsn: 2n, index: 0 },
  });
  expect(allowed.remembered()).toHaveLength(6);
  expect(asked).toBeLessThan(20);
});
