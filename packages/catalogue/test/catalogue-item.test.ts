import { describe, expect, test } from "vitest";
import { type ItemMapping, readItem } from "../src/index.ts";

const plain: ItemMapping = { columns: {}, otherColumns: "attributes" };

describe("reading a row", () => {
  test("of a feed: decimals are text, other columns become attributes", () => {
    const row = {
      item_id: 7n,
      title: "Shirt",
      price: "19.90",
      sale_price: null,
      currency: "EUR",
      in_stock: true,
      color: "red",
      sizes: ["S", "M"],
      parcel: { weight: 1 },
    };
    expect(readItem(row, plain)).toEqual({
      item: {
        itemId: "7",
        title: "Shirt",
        price: 19.9,
        currency: "EUR",
        inStock: true,
        attributes: { color: "red", sizes: ["S", "M"] },
      },
    });
  });

  test("of a shop's own table, by its mapping", () => {
    const mapping: ItemMapping = {
      columns: { sku: "itemId", name: "title", stock: "inStock", hue: "attr.color", title: "attr.subtitle" },
      otherColumns: "ignored",
    };
    const row = { sku: "a", name: "Shirt", stock: 0, hue: "red", title: "soft", item_id: 12, secret: "x" };
    expect(readItem(row, mapping)).toEqual({
      item: { itemId: "a", title: "Shirt", inStock: false, attributes: { color: "red", subtitle: "soft" } },
    });
  });

  test.each([
    [{ availability: "in stock" }, true],
    [{ availability: "In_Stock" }, true],
    [{ availability: "out of stock" }, false],
    [{ availability: "out of stock", in_stock: "t" }, true],
    [{ in_stock: "3" }, true],
    [{ in_stock: "f", availability: "in stock" }, false],
    [{}, undefined],
  ])("stock of %j is %s", (row, inStock) => {
    const read = readItem({ item_id: "a", ...row }, plain);
    expect("item" in read && read.item.inStock).toBe(inStock);
  });

  test("what was not sent since it did not change is kept of the former item", () => {
    const former = { itemId: "a", title: "Long", brand: "acme", attributes: { text: "long", size: 3 } };
    const read = readItem(
      { item_id: "a", title: "?", text: "?", brand: null },
      plain,
      former,
      (value) => value === "?",
    );
    expect(read).toEqual({ item: { itemId: "a", title: "Long", attributes: { text: "long" } } });
  });

  test.each([
    [{ price: "1" }, "no column tells the item's id"],
    [{ item_id: "a", price: "cheap" }, "column price must be a decimal number of at least 0"],
    [{ item_id: "a", price: -1 }, "column price must be a decimal number of at least 0"],
    [{ item_id: "a", in_stock: "maybe" }, "column in_stock must be true, false or a number of pieces"],
    [{ item_id: "a", title: {} }, "column title must be a text or number"],
  ])("%j is a problem that names its column", (row, problem) => {
    expect(readItem(row, plain)).toEqual({ problem });
  });
});
