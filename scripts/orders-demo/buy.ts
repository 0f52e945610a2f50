import type { Random } from "@footfall/base";
import { catalogue } from "@footfall/storefront";

const linesMax = 6;
const quantityMax = 5;
const times = ["", "09:00", "14:00", "19:00"];
const buyersAtATime = 8;

/**
 * Buys in the shop as browsers do: each buyer has a cart of 1 to 6 products, and some wish a time of delivery.
 * @throws Error  where the shop did not take an order
 */
export async function buy(shopUrl: string, orders: number, random: Random): Promise<void> {
  let left = orders;
  const buyer = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const cart = drawCart(random);
      const time = times[Math.floor(random() * times.length)]!;
      const response = await fetch(`${shopUrl}/shop/checkout`, {
        method: "POST",
        headers: { cookie: `footfall_cart=${cart}` },
        body: new URLSearchParams({ name: "Ada", street: "Market 1", town: "Berlin", time }),
      });
      const page = await response.text();
      if (response.status !== 200) throw new Error(`the shop answered ${response.status}: ${page.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: buyersAtATime }, buyer));
}

/** A cart as the shop's cookie holds it. */
function drawCart(random: Random): string {
  const lines = new Map<string, number>();
  const count = 1 + Math.floor(random() * linesMax);
  while (lines.size < count) {
    const { itemId } = catalogue[Math.floor(random() * catalogue.length)]!;
    lines.set(itemId, 1 + Math.floor(random() * quantityMax));
  }
  return [...lines].map(([itemId, quantity]) => `${itemId}*${quantity}`).join("~");
}
