import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filterBounds, parseFilter } from "../src/index.ts";
import { parseFilterParameters } from "../src/filter-parameters.ts";

const nested = (depth: number): unknown => (depth === 0 ? { field: "inStock", is: true } : { not: nested(depth - 1) });
const placesOf = (value: unknown): string[] => {
  const parsed = parseFilter(value);
  return "problems" in parsed ? parsed.problems.map(({ place }) => place) : [];
};

describe("a filter in JSON", () => {
  test("is read as it is written, values as text", () => {
    const filter = {
      all: [
        { any: [{ field: "brand", in: ["a", 7] }, { not: { field: "attr.size", min: 3 } }] },
        { field: "inStock", is: true },
        { field: "price", min: 0, max: 9.5 },
      ],
    };
    expect(parseFilter(filter)).toEqual({
      filter: {
        all: [
          { any: [{ field: "brand", in: ["a", "7"] }, { not: { field: "attr.size", min: 3 } }] },
          ...filter.all.slice(1),
        ],
      },
    });
  });

  test.each([
    [null, ["filter"]],
    [[], ["filter"]],
    [{}, ["filter"]],
    [{ all: [], any: [] }, ["filter"]],
    [{ all: [] }, ["filter.all"]],
    [{ all: [{ field: "brand" }, { field: "brnd", in: ["a"] }] }, ["filter.all[0]", "filter.all[1].field"]],
    [{ not: { field: "inStock", is: "yes" } }, ["filter.not.is"]],
    [{ field: "inStock", is: true, in: ["x"] }, ["filter.in"]],
    [{ field: "brand", in: [] }, ["filter.in"]],
    [{ field: "brand", in: ["a", null] }, ["filter.in[1]"]],
    [{ field: "brand", min: 1 }, ["filter.min"]],
    [{ field: "price", min: "1" }, ["filter.min"]],
    [{ field: "price", min: 2, max: 1 }, ["filter.min"]],
    [{ field: "attr.x", in: ["1"], min: 1 }, ["filter.in"]],
    [{ field: "attr.", in: ["1"] }, ["filter.field"]],
    [{ any: [{ field: "inStock", is: true }], or: 1 }, ["filter.or"]],
    [{ field: "brand", in: ["x".repeat(257)] }, ["filter.in[0]"]],
    [nested(filterBounds.depthMax), [`filter${".not".repeat(filterBounds.depthMax)}`]],
  ])("%j is refused at %j", (value, places) => {
    expect(placesOf(value)).toEqual(places);
  });

  test("bounds: depth, terms, values", () => {
    expect(placesOf(nested(filterBounds.depthMax - 1))).toEqual([]);
    const term = { field: "inStock", is: true };
    const eight = { any: Array.from({ length: 9 }, () => term) };
    expect(placesOf({ all: Array.from({ length: 8 }, () => eight) })).toEqual(["filter"]);
    expect(placesOf({ field: "brand", in: Array.from({ length: filterBounds.valuesMax + 1 }, String) })).toEqual([
      "filter.in",
    ]);
  });

  test("whatever comes is read or refused, never an error", () => {
    fc.assert(fc.property(fc.anything(), (value) => void parseFilter(value)));
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseFilter({ all: [value, { not: value }] })));
  });
});

describe("a filter in parameters", () => {
  test("all of it must hold; commas part values", () => {
    const parsed = parseFilterParameters([
      ["inStock", "true"],
      ["brand", "a,b"],
      ["brand", "c"],
      ["category", ""],
      ["priceMin", "5"],
      ["priceMax", "9.5"],
      ["attr.color", "red"],
      ["attrMin.size", "-3"],
      ["filter", '{"not":{"field":"brand","in":["b"]}}'],
    ]);
    expect(parsed).toEqual({
      filter: {
        all: [
          { field: "inStock", is: true },
          { not: { field: "brand", in: ["b"] } },
          { field: "brand", in: ["a", "b", "c"] },
          { field: "attr.color", in: ["red"] },
          { field: "price", min: 5, max: 9.5 },
          { field: "attr.size", min: -3 },
        ],
      },
    });
  });

  test.each([
    [[["inStock", "yes"]], "inStock"],
    [[["priceMin", "cheap"]], "priceMin"],
    [[["priceMax", "1e3"]], "priceMax"],
    [
      [
        ["priceMax", "1"],
        ["priceMax", "2"],
      ],
      "priceMax",
    ],
    [[["filter", "{"]], "filter"],
    [
      [
        ["priceMin", "2"],
        ["priceMax", "1"],
      ],
      "filter.min",
    ],
  ] as const)("%j is refused at %s", (parameters, place) => {
    const parsed = parseFilterParameters(parameters as never);
    expect("problems" in parsed && parsed.problems[0]!.place).toBe(place);
  });
});
