import express, { type Request, type Response } from "express";
import { cartCookie, type CartLine, formatCart, readCart } from "./cart.ts";
import type { Page } from "./layout.ts";

/** What routes of cart and checkout need of the shop. */
export interface CartRoutes {
  readonly base: string;
  readonly send: (response: Response, page: Page) => void;
}

const cartAgeMaxSeconds = 30 * 24 * 3_600;

export const readForm = express.urlencoded({ extended: false, limit: "4kb" });

export function keepCart(response: Response, base: string, lines: readonly CartLine[]): void {
  const options = { path: base, maxAge: cartAgeMaxSeconds * 1_000, sameSite: "lax", httpOnly: true } as const;
  response.cookie(cartCookie, formatCart(lines), { ...options, encode: String });
}

export function cartOf(request: Request): CartLine[] {
  return readCart(request.headers.cookie);
}

export function formOf(request: Request): Readonly<Record<string, string | undefined>> {
  const body = (request.body ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, textOf(value)]));
}

/** A parameter given twice, or as a list, counts as absent. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
