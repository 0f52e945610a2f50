import type { ColumnValue } from "@footfall/changes";
import { describe, expect, it } from "vitest";
import { readProduct } from "../../src/product/read-product.ts";

function product(fields: Record<string, ColumnValue>, currency?: string) {
  const read = readProduct(new Map(Object.entries(fields)), currency === undefined ? {} : { currency });
  return "product" in read ? read.product : read;
}

describe("a product", () => {
  it("has all columns in their order, and null where nothing is told", () => {
    const columns =
      "item_id item_group_id title description link image_link brand category google_product_category price sale_price " +
      "currency availability in_stock condition gtin mpn color size gender age_group attributes";
    expect(Object.keys(product({ id: "1" }))).toEqual(columns.split(" "));
    expect(product({ id: "1", title: " ", brand: null })).toMatchObject({ title: null, brand: null, attributes: {} });
  });

  it("keeps what it does not know, what is told twice, and names that mean one column", () => {
    const read = product({ id: "1", sku: "S", Title: "A", title: "B", "g:title": "C", Füllmenge: "1 l", __proto: 1 });
    expect(read).toMatchObject({ item_id: "1", title: "A" });
    expect(read).toHaveProperty("attributes", { sku: "S", title: "B", "g:title": "C", Füllmenge: "1 l", __proto: 1 });
    expect(product({ id: "1", color: ["red", "blue"] })).toMatchObject({
      color: "red",
      attributes: { color: ["blue"] },
    });
  });

  it("is the same in whatever order its fields come", () => {
    const one = product({ id: "1", b: { y: 1, x: 2 }, a: "1" });
    const other = product({ a: "1", b: { x: 2, y: 1 }, id: "1" });
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  it("has no id from a second name where the first is empty", () => {
    expect(product({ id: "", sku: "S" })).toMatchObject({ itemId: undefined, problem: { field: "id" } });
    expect(product({ id: "x".repeat(129) })).toMatchObject({ problem: { reason: expect.stringMatching(/129/) } });
    expect(product({ id: "a\nb" })).toMatchObject({ problem: { field: "id" } });
  });

  it("has one currency", () => {
    expect(product({ id: "1", price: "5", currency: "sek" })).toMatchObject({ price: "5.00", currency: "SEK" });
    expect(product({ id: "1", price: "5" }, "USD")).toMatchObject({ currency: "USD" });
    expect(product({ id: "1", price: "5 EUR", sale_price: "4 USD" })).toMatchObject({
      itemId: "1",
      problem: { field: "sale_price" },
    });
    expect(product({ id: "1", currency: "bananas" })).toMatchObject({ problem: { field: "currency" } });
  });

  it("says by which field it is damaged", () => {
    expect(product({ id: "1", title: "Schl\ufffdssel" })).toMatchObject({
      itemId: "1",
      problem: { field: "title", reason: expect.stringMatching(/--encoding/) },
    });
    expect(product({ id: "1", notes: ["\ud800"] })).toMatchObject({ problem: { field: "notes" } });
    expect(product({ id: "1", title: "a\u0000b" })).toMatchObject({ title: "ab" });
  });
});
