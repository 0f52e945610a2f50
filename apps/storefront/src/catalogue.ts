import { type Random, seededRandom, shuffled } from "@footfall/base";
import { type Collection, collections, type ProductKind, productKinds } from "./product-kinds.ts";

export interface Product {
  readonly itemId: string;
  readonly name: string;
  readonly brand: string;
  readonly category: string;
  /** Slug of the kind, as `mug`. */
  readonly kind: string;
  /** Name of the maker's line, whose colours it has. */
  readonly collection: string;
  /** In the shop's currency. */
  readonly price: number;
  /** Before the reduction; absent where there is none. */
  readonly priceBefore?: number;
  readonly description: string;
  /** 0 to 5, one decimal. */
  readonly rating: number;
  readonly ratingCount: number;
  /** Share of the visits it gets, in (0, 1], 1 for the most popular one (Zipf). Shoppers' behaviour builds on it. */
  readonly popularity: number;
  /** Items that the same people look at, most likely first: what it is used with, then others of its kind. */
  readonly related: readonly string[];
}

export const shopCurrency = "EUR";
const defaultSeed = 20_261_101;
const reducedShare = 0.15;
/** Exponent of the popularity curve. */
const zipfExponent = 0.8;

/**
 * The shop's 320 products: each kind in each collection. The same seed gives the same products in the same order,
 * most popular first.
 */
export function generateCatalogue(seed: number = defaultSeed): readonly Product[] {
  const random = seededRandom(seed);
  const pairs = productKinds.flatMap((kind) => collections.map((collection) => ({ kind, collection })));
  const order = shuffled(pairs, random);
  return order.map(({ kind, collection }, rank) => product(kind, collection, rank, random));
}

function product(kind: ProductKind, collection: Collection, rank: number, random: Random): Product {
  const material = kind.materials[random() < 0.5 ? 0 : 1];
  const cents = kind.priceMin + random() * (kind.priceMax - kind.priceMin);
  const price = Math.round(cents / 100) - 0.1;
  const isReduced = random() < reducedShare;
  const rating = 3.4 + random() * 1.6;
  return {
    itemId: itemIdOf(kind.slug, collection),
    name: `${collection.name} ${material} ${kind.noun}`,
    brand: collection.brand,
    category: kind.category,
    kind: kind.slug,
    collection: collection.name,
    price: round(price, 2),
    ...(isReduced ? { priceBefore: round(Math.round(price * 1.25) - 0.1, 2) } : {}),
    description:
      `A ${material} ${kind.noun} in the colours of our ${collection.name} line, made for ${kind.purpose}. ` +
      `Designed and finished by ${collection.brand}.`,
    rating: round(rating, 1),
    ratingCount: 3 + Math.floor((400 * random()) / Math.sqrt(rank + 1)),
    popularity: (rank + 1) ** -zipfExponent,
    related: relatedTo(kind, collection),
  };
}

/** What is used together, in the same colours; then the same kind from the neighbouring collections. */
function relatedTo(kind: ProductKind, collection: Collection): string[] {
  const at = collections.indexOf(collection);
  const neighbours = [1, -1, 2].map((step) => collections[(at + step + collections.length) % collections.length]!);
  return [
    ...kind.pairsWith.map((slug) => itemIdOf(slug, collection)),
    ...neighbours.map((neighbour) => itemIdOf(kind.slug, neighbour)),
  ];
}

function itemIdOf(kindSlug: string, collection: Collection): string {
  return `${collection.name.toLowerCase()}-${kindSlug}`;
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

export const catalogue: readonly Product[] = generateCatalogue();
export const productById: ReadonlyMap<string, Product> = new Map(catalogue.map((entry) => [entry.itemId, entry]));
