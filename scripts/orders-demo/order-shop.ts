import { systemClock } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { createLogger, createMetricsRegistry, type RunningServer, type Service, startServer } from "@footfall/runtime";
import {
  createOrderService,
  createStorefront,
  orderEvent,
  type OrderFault,
  OrderRouter,
  rewrittenOrderEvent,
} from "@footfall/storefront";

export const oldTopic = "ORDER";
export const newTopic = "ORDERNEW";

/** The demo shop, and the order services that it can sell through. */
export interface OrderShop {
  readonly shop: RunningServer;
  readonly router: OrderRouter;
  readonly old: RunningServer;
  /** Starts the rewrite with these faults; one that runs is ended first. */
  startRewrite(faults: ReadonlySet<OrderFault>): Promise<RunningServer>;
  close(): Promise<void>;
}

/** Starts the shop and the old service, each on a port of its own. */
export async function startOrderShop(log: EventLog): Promise<OrderShop> {
  const common = { log, clock: systemClock, random: Math.random };
  const old = await serve(await createOrderService({ ...common, topic: oldTopic, makeOrderEvent: orderEvent }));
  const router = new OrderRouter({ serving: old.url });
  const storefront = await createStorefront({
    collectorUrl: "",
    recommenderUrl: "",
    writeKey: "demo",
    orders: { place: (purchase) => router.place(purchase), clock: systemClock },
  });
  const shop = await serve(storefront);
  let rewrite: RunningServer | undefined;
  return {
    shop,
    router,
    old,
    async startRewrite(faults) {
      await rewrite?.close();
      const makeOrderEvent = rewrittenOrderEvent(faults);
      rewrite = await serve(await createOrderService({ ...common, topic: newTopic, makeOrderEvent }));
      return rewrite;
    },
    async close() {
      await shop.close();
      await router.settled();
      await Promise.all([old.close(), rewrite?.close()]);
    },
  };
}

function serve(service: Service): Promise<RunningServer> {
  return startServer({
    services: [service],
    host: "127.0.0.1",
    port: 0,
    logger: createLogger({ name: service.name, level: "warn", destination: process.stderr }),
    registry: createMetricsRegistry(),
  });
}
