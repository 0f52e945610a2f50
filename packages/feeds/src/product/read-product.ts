import type { ColumnValue } from "@footfall/changes";
import type { FieldProblem, Fields } from "../feed-row.ts";
import { canonicalValue, cleanText } from "./canonical-value.ts";
import { attributeNameOf, categoryLevelNames, columnNameOf, columnNames } from "./field-names.ts";
import type { Product } from "./product.ts";
import { readAvailability, readTruth } from "./read-availability.ts";
import { type Price, readCurrency, readPrice } from "./read-price.ts";

export interface ProductSettings {
  /** ISO 4217, of prices that name none and of `$`. */
  readonly currency?: string;
}

export type ReadProduct =
  { readonly product: Product } | { readonly itemId: string | undefined; readonly problem: FieldProblem };

type ColumnName = keyof typeof columnNames;
/** As long as an event's item id may be. */
const itemIdLengthMax = 128;

class FieldError extends Error {
  readonly field: string;
  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

/**
 * Understands what a feed tells of one product. Total.
 * @returns the product; or the first problem found, with the id where the row has one
 */
export function readProduct(fields: Fields, settings: ProductSettings = {}): ReadProduct {
  let itemId: string | undefined;
  try {
    const reader = new FieldReader(fields);
    itemId = readItemId(reader);
    return { product: productOf(itemId, reader, settings) };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    return { itemId, problem: { field: error.field, reason: error.message } };
  }
}

function readItemId(reader: FieldReader): string {
  const found = reader.takeField("item_id");
  const text = found === undefined ? undefined : reader.textOf(found);
  const field = found?.name ?? "id";
  if (text === undefined || text === null) throw new FieldError(field, "is missing: a product needs an id");
  if (text.length > itemIdLengthMax) {
    throw new FieldError(field, `has ${text.length} characters; at most ${itemIdLengthMax} are allowed`);
  }
  if (/[\t\r\n]/.test(text)) throw new FieldError(field, `${JSON.stringify(text)} holds a line end or tab`);
  return text;
}

function productOf(itemId: string, reader: FieldReader, settings: ProductSettings): Product {
  const category = reader.category();
  const own = reader.text("currency");
  const named = own === null ? undefined : readCurrency(own);
  if (own !== null && named === undefined) throw new FieldError("currency", `${JSON.stringify(own)} is no currency`);
  const known = named ?? settings.currency;
  const [price, salePrice] = [reader.price("price", known), reader.price("sale_price", known)];
  const currency = price?.currency ?? salePrice?.currency ?? known;
  if (salePrice?.currency !== undefined && price?.currency !== undefined && salePrice.currency !== price.currency) {
    const both = `${salePrice.currency}, but that of the price ${price.currency}`;
    throw new FieldError("sale_price", `its currency is ${both}: write one`);
  }
  const availability = reader.availability();
  const text = (name: ColumnName): string | null => reader.text(name);
  const lower = (name: ColumnName): string | null => reader.text(name)?.toLowerCase() ?? null;
  return {
    item_id: itemId,
    item_group_id: text("item_group_id"),
    title: text("title"),
    description: text("description"),
    link: text("link"),
    image_link: text("image_link"),
    brand: text("brand"),
    category,
    google_product_category: categoryPath(text("google_product_category")),
    price: price?.amount ?? null,
    sale_price: salePrice?.amount ?? null,
    currency: currency ?? null,
    availability,
    in_stock: availability === null ? null : availability === "in_stock",
    condition: lower("condition"),
    gtin: text("gtin"),
    mpn: text("mpn"),
    color: text("color"),
    size: text("size"),
    gender: lower("gender"),
    age_group: lower("age_group"),
    attributes: reader.attributes(),
  };
}

interface Field {
  readonly name: string;
  readonly value: ColumnValue;
}

/** Gives each field away once; what is left over are the attributes. */
class FieldReader {
  readonly #left = new Map<string, Field>();

  constructor(fields: Fields) {
    const names = new Set<string>();
    for (const [written, value] of fields) {
      const plain = attributeNameOf(written);
      const name = names.has(plain) ? written : plain;
      names.add(name);
      const column = columnNameOf(plain);
      // Of two names that mean one column the first one counts; the other is kept by its own name.
      this.#left.set(this.#left.has(column) ? `another ${written}` : column, { name, value });
    }
  }

  /** By the first of the column's names that the row has, even if it says nothing there. */
  takeField(column: ColumnName): Field | undefined {
    for (const name of columnNames[column]) {
      const field = this.#left.get(name);
      if (field === undefined) continue;
      this.#left.delete(name);
      if (!Array.isArray(field.value)) return field;
      const [first = null, ...others] = field.value as readonly ColumnValue[];
      // A column has one value: the first one counts, the others are kept.
      if (others.length > 0) this.#left.set(name, { name: field.name, value: others });
      return { name: field.name, value: first };
    }
    return undefined;
  }

  text(column: ColumnName): string | null {
    const field = this.takeField(column);
    return field === undefined ? null : this.textOf(field);
  }

  textOf({ name, value }: Field): string | null {
    if (value === null) return null;
    if (typeof value === "object") throw new FieldError(name, "is no text but has parts");
    const text = cleanText(String(value));
    if (text === undefined) throw damaged(name);
    return text === "" ? null : text;
  }

  price(column: "price" | "sale_price", currency: string | undefined): Price | undefined {
    const field = this.takeField(column);
    if (field === undefined || field.value === null) return undefined;
    if (typeof field.value === "string" && field.value.trim() === "") return undefined;
    const price = readPrice(field.value, currency);
    if (typeof price === "string") throw new FieldError(field.name, price);
    return price;
  }

  availability(): Product["availability"] {
    const [field, flag] = [this.takeField("availability"), this.takeField("in_stock")];
    const text = field === undefined ? null : this.textOf(field);
    if (field !== undefined && text !== null) {
      const availability = readAvailability(text);
      if (availability !== undefined) return availability;
      const known = "in_stock, out_of_stock, preorder or backorder";
      throw new FieldError(field.name, `${JSON.stringify(text)} is none of ${known}`);
    }
    if (flag === undefined || flag.value === null || flag.value === "") return null;
    const isInStock = readTruth(flag.value);
    if (isInStock === undefined) throw new FieldError(flag.name, "is neither true nor false");
    return isInStock ? "in_stock" : "out_of_stock";
  }

  /** A path, levels in fields of their own, or a list of levels. */
  category(): string | null {
    const levels = categoryLevelNames.flatMap((name) => {
      const field = this.#left.get(name);
      this.#left.delete(name);
      return field === undefined ? [] : [this.textOf(field)];
    });
    const list = this.#left.get("category") ?? this.#left.get("categories");
    if (list !== undefined && Array.isArray(list.value) && !this.#left.has("product_type")) {
      this.#left.delete(columnNameOf(list.name));
      const values = (list.value as readonly ColumnValue[]).map((value) => this.textOf({ name: list.name, value }));
      return categoryPath(values.filter((value) => value !== null).join(" > "));
    }
    const told = categoryPath(this.text("category"));
    return told ?? categoryPath(levels.filter((level) => level !== null).join(" > "));
  }

  attributes(): Product["attributes"] {
    const entries: [string, ColumnValue][] = [];
    for (const { name, value } of this.#left.values()) {
      try {
        const canonical = canonicalValue(value);
        if (canonical !== undefined) entries.push([name, canonical]);
      } catch (error) {
        if (error instanceof RangeError) throw damaged(name);
        throw error;
      }
    }
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function damaged(field: string): FieldError {
  return new FieldError(field, "holds characters that were lost; is the feed UTF-8? Else set --encoding windows-1252");
}

/** `A>B`, `A &gt; B` and `A > B > ` are `A > B`. */
function categoryPath(text: string | null): string | null {
  if (text === null) return null;
  const levels = text.replaceAll("&gt;", ">").split(">");
  const path = levels.map((level) => level.trim()).filter((level) => level !== "");
  return path.length === 0 ? null : path.join(" > ");
}
