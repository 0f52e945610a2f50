import { describe, expect, test } from "vitest";
import { Catalogue, type CatalogueItem, compileFilter } from "../src/index.ts";

const at = (lsn: number, index = 0) => ({ lsn: BigInt(lsn), index });
const item = (itemId: string, fields: Partial<CatalogueItem> = {}): CatalogueItem => ({
  itemId,
  attributes: {},
  ...fields,
});

describe("a catalogue", () => {
  test("an older change never overwrites a newer one, nor brings back what was deleted", () => {
    const catalogue = new Catalogue();
    expect(catalogue.apply({ is: "item", item: item("a", { price: 2 }), position: at(5) })).toBe("applied");
    expect(catalogue.apply({ is: "item", item: item("a", { price: 1 }), position: at(4, 9) })).toBe("older");
    expect(catalogue.find("a")?.price).toBe(2);
    expect(catalogue.apply({ is: "delete", itemId: "a", position: at(6) })).toBe("applied");
    expect(catalogue.apply({ is: "item", item: item("a"), position: at(5, 1) })).toBe("older");
    expect([catalogue.find("a"), catalogue.size, catalogue.holds(0)]).toEqual([undefined, 0, false]);
    // A deletion may come first, from another partition or a repeated read.
    catalogue.apply({ is: "delete", itemId: "b", position: at(9) });
    expect(catalogue.apply({ is: "item", item: item("b"), position: at(8) })).toBe("older");
  });

  test("truncate takes what stood before it, also what comes later with an older place", () => {
    const catalogue = new Catalogue();
    catalogue.apply({ is: "item", item: item("old"), position: at(1) });
    catalogue.apply({ is: "item", item: item("new"), position: at(7) });
    catalogue.apply({ is: "truncate", position: at(5) });
    expect(catalogue.apply({ is: "item", item: item("late"), position: at(4) })).toBe("older");
    expect([catalogue.find("old"), catalogue.find("late")]).toEqual([undefined, undefined]);
    expect(catalogue.find("new")).toBeDefined();
  });

  test("is bounded: what comes past it is refused and counted; numbers of deleted items are given again", () => {
    const catalogue = new Catalogue({ catalogueItemsMax: 2 });
    for (const id of ["a", "b", "c"]) catalogue.apply({ is: "item", item: item(id), position: at(1) });
    expect([catalogue.size, catalogue.refused, catalogue.find("c")]).toEqual([2, 1, undefined]);
    catalogue.apply({ is: "delete", itemId: "a", position: at(2) });
    const { numbering } = catalogue;
    expect(catalogue.apply({ is: "item", item: item("c"), position: at(3) })).toBe("applied");
    expect(catalogue.numbering).not.toBe(numbering);
    expect([catalogue.numberOf("a"), catalogue.idOf(catalogue.numberOf("c"))]).toEqual([-1, "c"]);
  });

  test("values that no item has any more do not add up", () => {
    const catalogue = new Catalogue();
    for (let change = 1; change <= 500; change++) {
      const attributes = { views: change };
      catalogue.apply({ is: "item", item: item("a", { brand: `b${change}`, attributes }), position: at(change) });
    }
    expect(catalogue.brand.distinct).toBe(1);
    expect(catalogue.brand.texts.length).toBeLessThan(4);
    expect(catalogue.attribute("views")!.texts.length).toBeLessThan(4);
  });

  test("attributes past the bound are shown, not filtered", () => {
    const catalogue = new Catalogue({ attributesMax: 1 });
    catalogue.apply({ is: "item", item: item("a", { attributes: { x: 1, y: 2 } }), position: at(1) });
    expect(catalogue.find("a")?.attributes).toEqual({ x: 1, y: 2 });
    expect(catalogue.attribute("y")).toBeUndefined();
    const passes = compileFilter({ field: "attr.y", in: ["2"] }, catalogue);
    expect(passes(0)).toBe(false);
  });

  test("a filter made before the first item has an attribute, brand or category still finds it", () => {
    const catalogue = new Catalogue();
    const passes = compileFilter(
      {
        all: [
          { field: "attr.color", in: ["red"] },
          { field: "category", in: ["Clothes"] },
          { field: "price", max: 5 },
        ],
      },
      catalogue,
    );
    expect(passes(0)).toBe(false);
    const shirt = { category: "Clothes > Shirts", price: 9, salePrice: 5, attributes: { color: ["blue", "red"] } };
    catalogue.apply({ is: "item", item: item("a", shirt), position: at(1) });
    expect(passes(0)).toBe(true);
    catalogue.apply({ is: "item", item: item("a", { ...shirt, category: "Clothespins" }), position: at(2) });
    expect(passes(0)).toBe(false);
  });

  test("changes since a moment are told, as far as they are remembered", () => {
    const catalogue = new Catalogue();
    catalogue.apply({ is: "item", item: item("a"), position: at(1) });
    const { changes } = catalogue;
    catalogue.apply({ is: "item", item: item("b"), position: at(1) });
    catalogue.apply({ is: "delete", itemId: "a", position: at(2) });
    expect(catalogue.changedSince(changes)).toEqual([1, 0]);
    for (let lsn = 3; lsn < 70_000; lsn++) catalogue.apply({ is: "item", item: item("b"), position: at(lsn) });
    expect(catalogue.changedSince(changes)).toBeUndefined();
  });
});
