import { type Product, productById } from "./catalogue.ts";

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
}

export const cartCookie = "footfall_cart";
/** A cookie holds 4 KB; more lines than this are not kept. */
export const cartLinesMax = 50;
export const quantityMax = 99;

/** The cart out of a Cookie header, as `item*2~item*1`. Unknown items and nonsense are left out. */
export function readCart(cookieHeader: string | undefined): CartLine[] {
  const pair = (cookieHeader ?? "").split(/; */).find((text) => text.startsWith(`${cartCookie}=`));
  const lines: CartLine[] = [];
  for (const entry of (pair ?? "").slice(cartCookie.length + 1).split("~")) {
    const [itemId = "", count] = entry.split("*");
    const product = productById.get(itemId);
    const quantity = Number(count);
    if (!product || !isQuantity(quantity) || lines.some((line) => line.product === product)) continue;
    if (lines.length < cartLinesMax) lines.push({ product, quantity });
  }
  return lines;
}

export function formatCart(lines: readonly CartLine[]): string {
  return lines.map(({ product, quantity }) => `${product.itemId}*${quantity}`).join("~");
}

/** The cart with this many more of a product; at most `quantityMax`. */
export function addToCart(lines: readonly CartLine[], product: Product, quantity: number): CartLine[] {
  const before = lines.find((line) => line.product === product)?.quantity ?? 0;
  return setQuantity(lines, product, before + quantity);
}

/** The cart with exactly this many of a product; 0 takes it out. */
export function setQuantity(lines: readonly CartLine[], product: Product, quantity: number): CartLine[] {
  const kept = Math.min(quantity, quantityMax);
  if (kept <= 0) return lines.filter((line) => line.product !== product);
  if (lines.some((line) => line.product === product)) {
    return lines.map((line) => (line.product === product ? { product, quantity: kept } : line));
  }
  return lines.length < cartLinesMax ? [...lines, { product, quantity: kept }] : [...lines];
}

export function cartTotal(lines: readonly CartLine[]): number {
  const cents = lines.reduce((sum, { product, quantity }) => sum + Math.round(product.price * 100) * quantity, 0);
  return cents / 100;
}

export function cartCount(lines: readonly CartLine[]): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** Whether the number may stand in a cart. */
export function isQuantity(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= quantityMax;
}
