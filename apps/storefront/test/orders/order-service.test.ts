import { join } from "node:path";
import { AppError, seededRandom } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { createLogger, createMetricsRegistry, type RunningServer, type Service, startServer } from "@footfall/runtime";
import { readAll, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalogue, createOrderService, createStorefront, orderEvent, OrderRouter } from "../../src/index.ts";

const nowMs = Date.UTC(2026, 10, 29, 12);
const [product] = catalogue as [(typeof catalogue)[0]];
const purchase = {
  orderId: "o-1",
  placedAtMs: nowMs,
  currency: "EUR",
  lines: [{ itemId: "a", quantity: 2, unitPrice: 1.5 }],
};

let folder: TemporaryFolder;
let log: EventLog;
const servers: RunningServer[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  log = await openEmbeddedLog({ folder: join(folder.path, "log") });
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await log.close();
  await folder.remove();
});

async function serve(service: Service): Promise<RunningServer> {
  const logger = createLogger({ name: "test", level: "silent" });
  const registry = createMetricsRegistry();
  const server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
  servers.push(server);
  return server;
}

async function serveOrders(topic: string): Promise<RunningServer> {
  const random = seededRandom(1);
  return serve(await createOrderService({ log, topic, makeOrderEvent: orderEvent, clock: () => nowMs, random }));
}

async function ordersIn(topic: string): Promise<Record<string, unknown>[]> {
  const partitions = (await log.offsets(topic)).map((_, partition) => readAll(log, topic, partition));
  return (await Promise.all(partitions))
    .flat()
    .map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>);
}

const post = (url: string, body: unknown) =>
  fetch(`${url}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

describe("an order service", () => {
  it("answers once the log holds the order, which is keyed by its id", async () => {
    const { url } = await serveOrders("ORDER");
    const response = await post(url, purchase);
    expect([response.status, await response.json()]).toEqual([201, { orderId: "o-1", total: 3, currency: "EUR" }]);
    expect(await ordersIn("ORDER")).toEqual([expect.objectContaining({ orderId: "o-1", total: 3, tax: 0.48 })]);
  });

  it.each([
    ["no JSON", "{", 400],
    ["no lines", { ...purchase, lines: [] }, 400],
    ["no quantity", { ...purchase, lines: [{ itemId: "a", unitPrice: 1 }] }, 400],
    ["a negative price", { ...purchase, lines: [{ itemId: "a", quantity: 1, unitPrice: -1 }] }, 400],
    ["a 13th month", { ...purchase, deliver: { date: "2026-13-01", time: "09:00" } }, 400],
    ["a field that it does not know", { ...purchase, coupon: "x" }, 400],
  ])("refuses a purchase with %s, and appends nothing", async (_, body, status) => {
    const { url } = await serveOrders("ORDER");
    expect((await post(url, body)).status).toBe(status);
    expect(await ordersIn("ORDER")).toEqual([]);
  });

  it("says which field is wrong", async () => {
    const { url } = await serveOrders("ORDER");
    const problem = await (await post(url, { ...purchase, currency: "Euro" })).json();
    expect(problem).toMatchObject({ code: "REQUEST_INVALID", field: "/currency" });
  });
});

describe("the shop's way to its order service", () => {
  it("tells both services while one shadows, and then the one that it was switched to", async () => {
    const [old, rewrite] = [await serveOrders("ORDER"), await serveOrders("ORDERNEW")];
    const router = new OrderRouter({ serving: old.url, shadow: rewrite.url });
    for (let at = 0; at < 5; at++) await router.place({ ...purchase, orderId: `o-${at}` });
    await router.settled();
    router.route = { serving: rewrite.url };
    await router.place({ ...purchase, orderId: "o-5" });
    const ids = async (topic: string) => (await ordersIn(topic)).map(({ orderId }) => orderId).sort();
    expect(await ids("ORDER")).toEqual(["o-0", "o-1", "o-2", "o-3", "o-4"]);
    expect(await ids("ORDERNEW")).toEqual(["o-0", "o-1", "o-2", "o-3", "o-4", "o-5"]);
    expect(router.shadowFailures).toBe(0);
  });

  it("loses no order by a shadow that is away, and counts it; a serving one that is away is an error", async () => {
    const [old, rewrite] = [await serveOrders("ORDER"), await serveOrders("ORDERNEW")];
    await servers.pop()!.close();
    const router = new OrderRouter({ serving: old.url, shadow: rewrite.url });
    await router.place(purchase);
    await router.settled();
    expect(router.shadowFailures).toBe(1);
    expect(await ordersIn("ORDER")).toHaveLength(1);
    router.route = { serving: rewrite.url };
    await expect(router.place(purchase)).rejects.toThrow(AppError);
  });
});

describe("the shop's checkout", () => {
  const checkout = (url: string, time: string) =>
    fetch(`${url}/shop/checkout`, {
      method: "POST",
      headers: { cookie: `footfall_cart=${product.itemId}*2` },
      body: new URLSearchParams({ time }),
    });
  const addresses = { collectorUrl: "", recommenderUrl: "", writeKey: "demo", newOrderId: () => "order-1" };

  it("places the purchase with the wished time", async () => {
    const old = await serveOrders("ORDER");
    const router = new OrderRouter({ serving: old.url });
    const orders = { place: router.place.bind(router), clock: () => nowMs };
    const shop = await serve(await createStorefront({ ...addresses, orders }));
    const page = await fetch(`${shop.url}/shop/checkout`, { headers: { cookie: `footfall_cart=${product.itemId}*2` } });
    expect(await page.text()).toContain("<option>19:00</option>");
    expect((await checkout(shop.url, "19:00")).status).toBe(200);
    expect((await checkout(shop.url, "03:00")).status).toBe(200);
    const [wished, unknown] = await ordersIn("ORDER");
    expect(wished).toMatchObject({
      orderId: "order-1",
      lines: [{ itemId: product.itemId, quantity: 2, unitPrice: product.price }],
      deliverAt: "2026-11-30T19:00:00+01:00",
    });
    expect(unknown).not.toHaveProperty("deliverAt");
  });

  it("keeps the cart, reports no purchase and says so where no one takes it", async () => {
    const place = async () => {
      throw new AppError("SERVER_UNAVAILABLE", "away");
    };
    const shop = await serve(await createStorefront({ ...addresses, orders: { place, clock: () => nowMs } }));
    const response = await checkout(shop.url, "");
    const markup = await response.text();
    expect(response.status).toBe(503);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(markup).toContain("Your order could not be taken");
    expect(markup).not.toContain("transaction_id");
  });
});
