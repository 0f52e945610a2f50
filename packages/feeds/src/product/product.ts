import type { ColumnValue } from "@footfall/changes";

/** Google's words for whether a product can be bought. */
export type Availability = "in_stock" | "out_of_stock" | "preorder" | "backorder";

/** A product: a row of table `products`. All columns are there, in this order; null is what the feed does not tell. */
export type Product = {
  readonly item_id: string;
  /** What the variants of one product share. */
  readonly item_group_id: string | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly link: string | null;
  readonly image_link: string | null;
  readonly brand: string | null;
  /** The shop's own, as a path: `Shoes > Sneakers`. */
  readonly category: string | null;
  /** A number or a path of Google's taxonomy. */
  readonly google_product_category: string | null;
  /** Decimal text with at least two places: `12.50`. */
  readonly price: string | null;
  readonly sale_price: string | null;
  /** ISO 4217, of both prices. */
  readonly currency: string | null;
  readonly availability: Availability | null;
  /** Whether `availability` is `in_stock`. */
  readonly in_stock: boolean | null;
  readonly condition: string | null;
  readonly gtin: string | null;
  readonly mpn: string | null;
  readonly color: string | null;
  readonly size: string | null;
  readonly gender: string | null;
  readonly age_group: string | null;
  /** All else the feed tells, by its own names, in their order; what is told more than once is a list. */
  readonly attributes: { readonly [name: string]: ColumnValue };
};
