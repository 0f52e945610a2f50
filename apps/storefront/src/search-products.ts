import { catalogue, type Product } from "./catalogue.ts";

/** Products that hold every word of the query somewhere in name, brand, category or collection; popular ones first. */
export function searchProducts(query: string): readonly Product[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  return catalogue.filter(({ name, brand, category, collection }) => {
    const text = `${name} ${brand} ${category} ${collection}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
