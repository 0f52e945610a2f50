import fc from "fast-check";
import { expect, it } from "vitest";
import { lakeTableNames, progressTableName } from "../../src/lake/table-names.ts";

it("keeps plain names, and tells all others apart", () => {
  expect(lakeTableNames({ schema: "public", table: "products" })).toEqual({
    present: "products",
    history: "products_history",
  });
  expect(lakeTableNames({ schema: "Sales", table: "Órdenes 1" }).present).toMatch(/^sales_rdenes_1__[0-9a-f]{8}$/);
  expect(lakeTableNames({ schema: "", table: "1" }).present).toMatch(/^t_1__[0-9a-f]{8}$/);
  const name = fc.oneof(
    fc.constantFrom("public", "a", "a_b", "b", "products", "products_history", "replica__progress", "", "A", "1"),
    fc.string({ unit: "grapheme", maxLength: 80 }),
  );
  fc.assert(
    fc.property(name, name, name, name, (schema, table, otherSchema, otherTable) => {
      const names = lakeTableNames({ schema, table });
      for (const each of Object.values(names)) {
        expect(each).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
        expect(each).not.toBe(progressTableName);
      }
      if (schema === otherSchema && table === otherTable) return;
      const others = lakeTableNames({ schema: otherSchema, table: otherTable });
      expect(new Set([...Object.values(names), ...Object.values(others)]).size).toBe(4);
    }),
  );
});
