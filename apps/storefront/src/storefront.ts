import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Service } from "@footfall/runtime";
import express, { type Request, type Response, Router } from "express";
import { addToCart, cartCount, isQuantity, setQuantity } from "./cart.ts";
import { type CartRoutes, cartOf, formOf, keepCart, readForm, textOf } from "./cart-requests.ts";
import { catalogue, productById } from "./catalogue.ts";
import { addCheckoutRoutes, type ShopOrders } from "./checkout-routes.ts";
import { type Page, renderPage, type ShopAddresses } from "./layout.ts";
import { cartPage, homePage, listPage, missingPage, productPage } from "./pages.ts";
import { categorySlug, productCard } from "./product-card.ts";
import { categories } from "./product-kinds.ts";
import { productPicture } from "./product-picture.ts";
import { searchProducts } from "./search-products.ts";

export interface StorefrontOptions {
  /** Where the collector serves `/t.js` and takes events; "" is the shop's own origin. */
  readonly collectorUrl: string;
  /** Where `/recommendations` is; "" is the shop's own origin. */
  readonly recommenderUrl: string;
  readonly writeKey: string;
  /** Path of the shop, without a slash at the end. Default `/shop`. */
  readonly basePath?: string;
  /** Default: eight random characters. */
  readonly newOrderId?: () => string;
  /** Who takes purchases; without it the shop only shows that it would. */
  readonly orders?: ShopOrders;
}

const cardsMax = 40;
const searchTermLengthMax = 100;
const assetTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The demo shop: server-rendered pages, a cart in a cookie, shelves that the browser fills from the recommender. */
export async function createStorefront(options: StorefrontOptions): Promise<Service> {
  const base = options.basePath ?? "/shop";
  const shop = Router();
  shop.use(securityHeaders(options));
  shop.use("/assets", assetRouter(await readAssets()));
  const newOrderId = options.newOrderId ?? (() => randomBytes(4).toString("hex"));
  shop.use(pageRouter({ ...options, base }, newOrderId, options.orders));
  return { name: "storefront", router: Router().use(base, shop), health: () => [], stop: async () => {} };
}

function sources(...urls: readonly string[]): string {
  return ["'self'", ...urls.filter(Boolean)].join(" ");
}

/** Scripts and styles are files, so that the policy needs no exception; a shop with a strict one can embed us. */
function securityHeaders({ collectorUrl, recommenderUrl }: StorefrontOptions): express.RequestHandler {
  const policy = [
    "default-src 'none'",
    `script-src ${sources(collectorUrl)}`,
    `connect-src ${sources(collectorUrl, recommenderUrl)}`,
    "img-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return (_request, response, next) => {
    response.set({
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "same-origin",
    });
    next();
  };
}

async function readAssets(): Promise<ReadonlyMap<string, Buffer>> {
  const folder = fileURLToPath(new URL("../assets/", import.meta.url));
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(folder + name)] as const)));
}

function assetRouter(assets: ReadonlyMap<string, Buffer>): Router {
  return Router().get("/:name", (request, response, next) => {
    const { name } = request.params;
    const body = assets.get(name);
    if (!body) {
      next();
      return;
    }
    response.set({ "Content-Type": assetTypes[extname(name)], "Cache-Control": "public, max-age=300" }).send(body);
  });
}

function pageRouter(addresses: ShopAddresses, newOrderId: () => string, orders: ShopOrders | undefined): Router {
  const { base } = addresses;
  const router = Router();
  const send = (response: Response, page: Page): void => {
    response.set("Cache-Control", "no-cache").type("html").send(renderPage(page, addresses));
  };
  router.get("/", (request, response) => send(response, homePage(base, cartOf(request))));
  router.get("/category/:slug", (request, response, next) => {
    const category = categories.find((name) => categorySlug(name) === request.params.slug);
    if (category === undefined) return next();
    const products = catalogue.filter((product) => product.category === category);
    send(response, listPage({ base, cart: cartOf(request), title: category, products, category }));
  });
  router.get("/search", (request, response) => {
    const searchTerm = textOf(request.query.q).trim().slice(0, searchTermLengthMax);
    const products = searchProducts(searchTerm);
    const title = searchTerm === "" ? "Search" : `“${searchTerm}”`;
    send(response, listPage({ base, cart: cartOf(request), title, products, searchTerm }));
  });
  router.get("/product/:itemId", (request, response, next) => {
    const product = productById.get(request.params.itemId);
    if (!product) return next();
    send(response, productPage(base, cartOf(request), product));
  });
  router.get("/picture/:itemId.svg", (request, response, next) => {
    const product = productById.get(request.params.itemId);
    if (!product) return next();
    response.set("Cache-Control", "public, max-age=86400").type("svg").send(productPicture(product));
  });
  router.get("/cards", (request, response) => response.type("html").send(cards(request, base)));
  addCartRoutes(router, { base, send });
  addCheckoutRoutes(router, { base, send }, newOrderId, orders);
  router.use((request, response) => send(response.status(404), missingPage(base, cartOf(request))));
  return router;
}

/** The cards of a shelf: `items=id:source,id:source`. Items that the shop does not sell are left out. */
function cards(request: Request, base: string): string {
  const entries = textOf(request.query.items).split(",").slice(0, cardsMax);
  const known = entries.flatMap((entry) => {
    const [itemId = "", source = ""] = entry.split(":");
    const product = productById.get(itemId);
    return product ? [{ product, source }] : [];
  });
  return known.map(({ product, source }, index) => productCard(product, { base, index, source }).markup).join("");
}

function addCartRoutes(router: Router, { base, send }: CartRoutes): void {
  router.get("/cart", (request, response) => send(response, cartPage(base, cartOf(request))));
  router.post("/cart", readForm, (request, response) => {
    const form = formOf(request);
    const product = productById.get(form.item ?? "");
    const given = form.quantity === undefined ? 1 : Number(form.quantity);
    const quantity = form.change === "remove" ? 0 : given;
    if (!product || (quantity !== 0 && !isQuantity(quantity))) {
      return send(response.status(400), missingPage(base, cartOf(request)));
    }
    const change = form.change === "add" ? addToCart : setQuantity;
    const lines = change(cartOf(request), product, quantity);
    keepCart(response, base, lines);
    if (request.accepts(["html", "json"]) === "json") response.json({ count: cartCount(lines) });
    else response.redirect(303, `${base}/cart`);
  });
}
