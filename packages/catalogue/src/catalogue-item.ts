export type AttributeValue = string | number | boolean | readonly (string | number | boolean)[];

/** An item as the shop sells it now. What the shop does not tell is absent. */
export interface CatalogueItem {
  readonly itemId: string;
  readonly title?: string;
  readonly link?: string;
  readonly imageLink?: string;
  readonly brand?: string;
  /** A path, `Clothes > Shirts`. */
  readonly category?: string;
  readonly price?: number;
  readonly salePrice?: number;
  readonly currency?: string;
  readonly availability?: string;
  readonly inStock?: boolean;
  /** Everything else, by the name that filters use. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Fields that a column can fill, by the name of the column of a product feed. */
const columnFields = {
  item_id: "itemId",
  title: "title",
  link: "link",
  image_link: "imageLink",
  brand: "brand",
  category: "category",
  price: "price",
  sale_price: "salePrice",
  currency: "currency",
  availability: "availability",
  in_stock: "inStock",
} as const satisfies Readonly<Record<string, keyof CatalogueItem>>;

/** Fields of an item beside its attributes. */
export const itemFields: readonly string[] = Object.values(columnFields);

/** How rows of a shop's own table are read: column → field (`price`, `salePrice`, …) or `attr.<name>`. */
export interface ItemMapping {
  /** A column that is not here is read by its own name where that is a feed's; others become attributes. */
  readonly columns: Readonly<Record<string, string>>;
  /** Whether columns that are not named become attributes. */
  readonly otherColumns: "attributes" | "ignored";
}

export type ReadItem = { readonly item: CatalogueItem } | { readonly problem: string };

const decimal = /^-?\d+(\.\d+)?$/;
const inStockWords = new Set(["in stock", "in_stock", "instock", "limited availability", "onlineonly", "instoreonly"]);

/**
 * Reads a row. Total: a row that names no item, or has a price that is none, is a problem and never half an item.
 * @param former  the item before the change; gives what the row does not say
 * @param isUnknown  whether a value stands for one that was not sent since it did not change
 */
export function readItem(
  row: Readonly<Record<string, unknown>>,
  mapping: ItemMapping,
  former?: CatalogueItem,
  isUnknown: (value: unknown) => boolean = () => false,
): ReadItem {
  const fields: Record<string, unknown> = {};
  const attributes: Record<string, AttributeValue> = {};
  for (const [column, value] of Object.entries(row)) {
    const target = fieldOf(column, mapping);
    if (target === undefined) continue;
    const isAttribute = target.startsWith("attr.");
    const name = isAttribute ? target.slice(5) : target;
    if (isUnknown(value)) {
      const kept = isAttribute ? former?.attributes[name] : former?.[name as keyof CatalogueItem];
      if (kept === undefined) continue;
      if (isAttribute) attributes[name] = kept as AttributeValue;
      else fields[name] = kept;
    } else if (isAttribute) {
      const read = attributeOf(value);
      if (read !== undefined) attributes[name] = read;
    } else {
      const read = readField(name, value);
      if (read === notReadable) return { problem: `column ${column} must be ${wanted(name)}` };
      if (read !== undefined) fields[name] = read;
    }
  }
  if (typeof fields["itemId"] !== "string") return { problem: "no column tells the item's id" };
  if (fields["inStock"] === undefined && typeof fields["availability"] === "string") {
    fields["inStock"] = inStockWords.has(fields["availability"].trim().toLowerCase());
  }
  return { item: { ...fields, attributes } as unknown as CatalogueItem };
}

/** The field of a column, `attr.<name>`, or undefined where the column is passed over. */
export function fieldOf(column: string, { columns, otherColumns }: ItemMapping): string | undefined {
  if (Object.hasOwn(columns, column)) return columns[column];
  if (Object.hasOwn(columnFields, column)) {
    const field = columnFields[column as keyof typeof columnFields];
    // A column of the shop's that fills the field takes the place of the feed's.
    if (!Object.values(columns).includes(field)) return field;
  }
  return otherColumns === "attributes" ? `attr.${column}` : undefined;
}

const notReadable = Symbol("not readable");

function readField(field: string, value: unknown): string | number | boolean | undefined | typeof notReadable {
  if (value === null || value === undefined || value === "") return undefined;
  if (field === "price" || field === "salePrice") {
    const price = typeof value === "string" && decimal.test(value.trim()) ? Number(value) : value;
    return typeof price === "number" && Number.isFinite(price) && price >= 0 ? price : notReadable;
  }
  if (field === "inStock") return readStock(value);
  return typeof value === "object" ? notReadable : String(value as string | number);
}

/** A column that counts pieces says as well whether there are any. */
function readStock(value: unknown): boolean | typeof notReadable {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" || typeof value === "bigint") return value > 0;
  const text = (value as string).toLowerCase();
  if (decimal.test(text)) return Number(text) > 0;
  if (text === "true" || text === "t") return true;
  return text === "false" || text === "f" ? false : notReadable;
}

function wanted(field: string): string {
  if (field === "inStock") return "true, false or a number of pieces";
  return field === "price" || field === "salePrice" ? "a decimal number of at least 0" : "a text or number";
}

function attributeOf(value: unknown): AttributeValue | undefined {
  if (Array.isArray(value)) return value.filter(isScalar);
  if (typeof value === "bigint") return value.toString();
  return isScalar(value) ? value : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
