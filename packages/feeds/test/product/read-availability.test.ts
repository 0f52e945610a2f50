import { expect, it } from "vitest";
import { readAvailability, readTruth } from "../../src/product/read-availability.ts";

it.each([
  ["in_stock", "in_stock"],
  ["In Stock", "in_stock"],
  ["https://schema.org/InStock", "in_stock"],
  ["http://schema.org/PreOrder", "preorder"],
  ["out-of-stock", "out_of_stock"],
  ["SoldOut", "out_of_stock"],
  ["available for order", "in_stock"],
  ["BackOrder", "backorder"],
  ["soon", undefined],
  ["", undefined],
  ["constructor", undefined],
])("availability %j is %s", (text, availability) => {
  expect(readAvailability(text)).toBe(availability);
});

it.each([
  [true, true],
  ["YES ", true],
  [1, true],
  ["0", false],
  ["no", false],
  ["perhaps", undefined],
  [["true"], undefined],
])("truth of %j is %s", (value, truth) => {
  expect(readTruth(value)).toBe(truth);
});
