import type { Clock } from "@footfall/base";
import type { Router } from "express";
import type { CartLine } from "./cart.ts";
import { type CartRoutes, cartOf, formOf, keepCart, readForm } from "./cart-requests.ts";
import { shopCurrency } from "./catalogue.ts";
import type { Purchase } from "./orders/purchase.ts";
import { shopTomorrow } from "./orders/shop-time.ts";
import { checkoutPage, thanksPage } from "./pages.ts";

export interface ShopOrders {
  /** @throws AppError where it was not taken */
  place(purchase: Purchase): Promise<void>;
  readonly clock: Clock;
}

/** Times at which an order can be brought, on the shop's clocks. */
const deliveryTimes: readonly string[] = ["09:00", "14:00", "19:00"];

export function addCheckoutRoutes(
  router: Router,
  { base, send }: CartRoutes,
  newOrderId: () => string,
  orders: ShopOrders | undefined,
): void {
  const times = orders ? deliveryTimes : [];
  router.get("/checkout", (request, response) => {
    const cart = cartOf(request);
    if (cart.length === 0) response.redirect(303, `${base}/cart`);
    else send(response, checkoutPage(base, cart, times));
  });
  router.post("/checkout", readForm, (request, response, next) => {
    const cart = cartOf(request);
    if (cart.length === 0) return response.redirect(303, `${base}/cart`);
    const orderId = newOrderId();
    const thank = (): void => {
      keepCart(response, base, []);
      send(response, thanksPage(base, cart, orderId));
    };
    if (!orders) return thank();
    const excuse = (): void => {
      const problem = "Your order could not be taken. Please try again.";
      send(response.status(503), checkoutPage(base, cart, times, problem));
    };
    orders
      .place(purchaseOf(cart, orderId, formOf(request).time, orders.clock()))
      .then(thank, excuse)
      .catch(next);
  });
}

function purchaseOf(cart: readonly CartLine[], orderId: string, time: string | undefined, nowMs: number): Purchase {
  const lines = cart.map(({ product, quantity }) => ({ itemId: product.itemId, quantity, unitPrice: product.price }));
  const isTime = time !== undefined && deliveryTimes.includes(time);
  return {
    orderId,
    placedAtMs: nowMs,
    currency: shopCurrency,
    lines,
    ...(isTime && { deliver: { date: shopTomorrow(nowMs), time } }),
  };
}
