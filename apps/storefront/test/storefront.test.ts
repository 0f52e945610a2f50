import type { TenantId } from "@footfall/base";
import { parseEvent } from "@footfall/events";
import { createLogger, createMetricsRegistry, type RunningServer, startServer } from "@footfall/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue } from "../src/catalogue.ts";
import { categorySlug } from "../src/product-card.ts";
import { categories } from "../src/product-kinds.ts";
import { createStorefront } from "../src/storefront.ts";

const [product] = catalogue as [(typeof catalogue)[0]];
let server: RunningServer;

beforeAll(async () => {
  const shop = await createStorefront({
    collectorUrl: "https://collect.example",
    recommenderUrl: "",
    writeKey: "demo",
    newOrderId: () => "order-1",
  });
  server = await startServer({
    services: [shop],
    host: "127.0.0.1",
    port: 0,
    logger: createLogger({ name: "storefront", level: "silent" }),
    registry: createMetricsRegistry(),
  });
});
afterAll(() => server.close());

const get = (path: string, init?: RequestInit) => fetch(server.url + path, { redirect: "manual", ...init });
const cookie = `footfall_cart=${product.itemId}*2`;

function withoutBreaks(markup: string): string {
  return markup.replaceAll(/\s+/g, " ");
}

function pageEventOf(markup: string): Record<string, unknown> {
  const attribute = /data-page-event="([^"]*)"/.exec(markup)?.[1] ?? "{}";
  return JSON.parse(attribute.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))));
}

function expectValid(event: Record<string, unknown>): void {
  const nowMs = Date.UTC(2026, 0, 5);
  const ids = { visitorId: "v", sessionId: "s", occurredAtMs: nowMs, eventId: "018f4a00-0000-7000-8000-000000000000" };
  const context = { tenant: "demo" as TenantId, sentAtMs: nowMs, receivedAtMs: nowMs, historic: false };
  expect(parseEvent({ ...event, ...ids }, context)).toMatchObject({ ok: true });
}

test("every page embeds the snippet, holds no inline script and forbids them", async () => {
  const category = `/shop/category/${categorySlug(categories[7]!)}`;
  for (const path of ["/shop", category, `/shop/product/${product.itemId}`, "/shop/search?q=oak", "/shop/cart"]) {
    const response = await get(path);
    const markup = withoutBreaks(await response.text());
    expect(response.status, path).toBe(200);
    expect(markup).toContain('<script async src="https://collect.example/t.js" data-key="demo"');
    expect(markup).not.toMatch(/<script(?![^>]*src=)|\son\w+="|style="/);
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self' https://collect.example;");
  }
});

test("what pages report are events that the schema takes", async () => {
  const pages: [string, string][] = [
    [`/shop/category/${categorySlug(categories[0]!)}`, "view_item_list"],
    [`/shop/product/${product.itemId}`, "view_item"],
    ["/shop/search?q=kettle", "search"],
    ["/shop/checkout", "begin_checkout"],
  ];
  for (const [path, name] of pages) {
    const event = pageEventOf(await (await get(path, { headers: { cookie } })).text());
    expect(event.name).toBe(name);
    expect(event.items).not.toEqual([]);
    expectValid(event);
  }
});

test("add, change, buy: the cart goes through its cookie and the order is reported once", async () => {
  const form = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    get("/shop/cart", { method: "POST", body: new URLSearchParams(fields), headers });
  const added = await form({ item: product.itemId, change: "add" }, { accept: "application/json" });
  expect(await added.json()).toEqual({ count: 1 });
  expect(added.headers.get("set-cookie")).toMatch(/footfall_cart=[a-z-]+\*1; .*HttpOnly; SameSite=Lax/);
  const changed = await form({ item: product.itemId, change: "set", quantity: "3" }, { cookie });
  expect([changed.status, changed.headers.get("location")]).toEqual([303, "/shop/cart"]);
  const bought = await get("/shop/checkout", { method: "POST", headers: { cookie } });
  const event = pageEventOf(await bought.text());
  expect(event).toMatchObject({ name: "purchase", transaction_id: "order-1", currency: "EUR" });
  expectValid(event);
  expect(bought.headers.get("set-cookie")).toContain("footfall_cart=;");
  expect((await get("/shop/checkout", { method: "POST" })).status).toBe(303);
});

test("foreign input is answered, not believed", async () => {
  expect((await get("/shop/product/nothing")).status).toBe(404);
  expect((await get("/shop/category/%00")).status).toBe(404);
  expect((await get("/shop/assets/..%2f..%2fpackage.json")).status).toBe(404);
  const markup = await (await get("/shop/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22'")).text();
  expect(markup).not.toContain("<script>alert");
  for (const body of ["item=nothing&change=add", `item=${product.itemId}&change=set&quantity=-4`, "", "%ff"]) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await get("/shop/cart", { method: "POST", body, headers })).status, body).toBe(400);
  }
  const cards = await (await get(`/shop/cards?items=nothing:item,${product.itemId}:%22%3E%3Cb%3E`)).text();
  expect(cards.match(/<li\b/g)).toHaveLength(1);
  expect(cards).not.toContain("<b>");
});
