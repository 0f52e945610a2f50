/**
 * Names that feeds give to our columns, in the order in which they count: Google's product data specification (text,
 * XML and API), GA4's items, and what shops' exports write.
 */
export const columnNames = {
  item_id: ["item_id", "id", "offer_id", "product_id", "sku"],
  item_group_id: ["item_group_id"],
  title: ["title", "item_name", "name", "product_name"],
  description: ["description", "summary", "content"],
  link: ["link", "url", "product_url"],
  image_link: ["image_link", "image", "image_url"],
  brand: ["brand", "item_brand"],
  category: ["product_type", "product_types", "category", "categories"],
  google_product_category: ["google_product_category"],
  price: ["price"],
  sale_price: ["sale_price"],
  currency: ["currency", "currency_code", "price_currency"],
  availability: ["availability"],
  in_stock: ["in_stock", "is_in_stock"],
  condition: ["condition"],
  gtin: ["gtin", "gtins", "ean", "upc"],
  mpn: ["mpn"],
  color: ["color", "colour"],
  size: ["size", "sizes"],
  gender: ["gender"],
  age_group: ["age_group"],
} as const;

/** GA4's levels of a category. */
export const categoryLevelNames = [
  "item_category",
  "item_category2",
  "item_category3",
  "item_category4",
  "item_category5",
] as const;

/** A field's name without Google's prefix; of a localised heading (`Titel [title]`) what stands in brackets. */
export function attributeNameOf(name: string): string {
  const trimmed = name.trim();
  const [, bracketed] = /\[([A-Za-z0-9_ ]+)\]$/.exec(trimmed) ?? [];
  return bracketed ?? trimmed.replace(/^[gc]:/, "");
}

/** By which a column is found: `Image Link`, `image-link` and `imageLink` are all `image_link`. */
export function columnNameOf(attributeName: string): string {
  return attributeName
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[\s-]+/g, "_")
    .toLowerCase();
}
