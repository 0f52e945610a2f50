import { expect, it } from "vitest";
import { parseTableNames } from "../src/parse-table-names.ts";

it("reads tables, and says which name is none", () => {
  expect(parseTableNames("TABLES", "public.products, shop.a.b")).toEqual([
    { schema: "public", table: "products" },
    { schema: "shop", table: "a.b" },
  ]);
  for (const name of ["products", ".a", "a.", ""]) {
    expect(() => parseTableNames("TABLES", name)).toThrow(`TABLES: "${name}" is no schema.table`);
  }
  expect(() => parseTableNames("TABLES", "a.b-c,a.b-c")).toThrow("would share cdc.a.b-c");
  expect(() => parseTableNames("TABLES", "a.b c,a.b_c")).toThrow("a.b c and a.b_c would share cdc.a.b_c");
});
