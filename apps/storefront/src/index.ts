export { catalogue } from "./catalogue.ts";
export { orderEvent } from "./orders/order-event.ts";
export { OrderRouter } from "./orders/order-router.ts";
export { createOrderService } from "./orders/order-service.ts";
export { type OrderFault, orderFaults, rewrittenOrderEvent } from "./orders/rewritten-order-event.ts";
export { createStorefront } from "./storefront.ts";
