import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";

/** How a script would do it: one side in a map, the other looked up in it. @returns keys that are not alike */
export async function joinInMemory(leftPath: string, rightPath: string): Promise<number> {
  const left = new Map<string, object>();
  for await (const order of readOrders(leftPath)) left.set(order.orderId, order);
  const differing = new Set<string>();
  const met = new Set<string>();
  for await (const order of readOrders(rightPath)) {
    const other = left.get(order.orderId);
    if (met.has(order.orderId) || !isDeepStrictEqual(other, order)) differing.add(order.orderId);
    met.add(order.orderId);
  }
  for (const key of left.keys()) if (!met.has(key)) differing.add(key);
  return differing.size;
}

async function* readOrders(path: string): AsyncGenerator<{ readonly orderId: string }> {
  for await (const line of createInterface({ input: createReadStream(path) })) {
    yield JSON.parse(line) as { orderId: string };
  }
}
