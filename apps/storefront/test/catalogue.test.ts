import { limits } from "@footfall/events";
import { expect, test } from "vitest";
import { catalogue, generateCatalogue, productById } from "../src/catalogue.ts";
import { categories, productKinds } from "../src/product-kinds.ts";
import { hasPicture, productPicture } from "../src/product-picture.ts";

test("the same seed gives the same shop, another one another", () => {
  expect(generateCatalogue(7)).toEqual(generateCatalogue(7));
  expect(generateCatalogue(7)).not.toEqual(generateCatalogue(8));
});

test("320 products of 8 categories, each with an id of its own that an event can carry", () => {
  expect(catalogue).toHaveLength(320);
  expect(productById.size).toBe(320);
  expect(new Set(catalogue.map(({ category }) => category))).toEqual(new Set(categories));
  expect(categories).toHaveLength(8);
  for (const { itemId } of catalogue) {
    expect(itemId).toMatch(/^[a-z-]+$/);
    expect(itemId.length).toBeLessThanOrEqual(limits.idLengthMax);
  }
});

test("prices are positive, reductions are reductions, popularity falls from 1", () => {
  for (const { price, priceBefore } of catalogue) {
    expect(price).toBeGreaterThan(5);
    expect(priceBefore ?? Infinity).toBeGreaterThan(price);
  }
  expect(catalogue[0]?.popularity).toBe(1);
  const sorted = [...catalogue].sort((a, b) => b.popularity - a.popularity);
  expect(sorted).toEqual(catalogue);
});

test("related items exist, are others, and none stands there twice", () => {
  for (const { itemId, related } of catalogue) {
    expect(related.length).toBeGreaterThanOrEqual(5);
    expect(new Set(related).size).toBe(related.length);
    expect(related).not.toContain(itemId);
    for (const other of related) expect(productById.has(other)).toBe(true);
  }
});

test("every kind has a drawing, and drawings differ", () => {
  for (const { slug } of productKinds) expect(hasPicture(slug)).toBe(true);
  expect(new Set(catalogue.map(productPicture)).size).toBe(320);
});
