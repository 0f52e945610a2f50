import type { TableName, TableSchema } from "@footfall/changes";
import type { Product } from "./product.ts";

/** Decimal text of any length is exact as `numeric`. */
const types: Readonly<Record<keyof Product, string>> = {
  item_id: "text",
  item_group_id: "text",
  title: "text",
  description: "text",
  link: "text",
  image_link: "text",
  brand: "text",
  category: "text",
  google_product_category: "text",
  price: "numeric",
  sale_price: "numeric",
  currency: "text",
  availability: "text",
  in_stock: "boolean",
  condition: "text",
  gtin: "text",
  mpn: "text",
  color: "text",
  size: "text",
  gender: "text",
  age_group: "text",
  attributes: "jsonb",
};

/** What rows of a table of products have, in PostgreSQL's types: by it a replica makes the table. */
export function productsSchema({ schema, table }: TableName): TableSchema {
  const isNullable = (name: string): boolean => name !== "item_id" && name !== "attributes";
  const columns = Object.entries(types).map(([name, type]) => ({ name, type, isNullable: isNullable(name) }));
  return { schema, table, columns, primaryKey: ["item_id"] };
}
