import { type Random, uuidv7 } from "@footfall/base";

const idLength = 36;
const idMark = "00000000-0000-0000-0000-000000000000";

/**
 * Bodies of `eventsPerBody` ordinary events: new ids are written into a template, so that making a body costs the
 * client next to nothing.
 */
export function eventBodies(eventsPerBody: number, random: Random): () => Buffer {
  const sentAtMs = Date.now();
  const events = Array.from({ length: eventsPerBody }, (_, index) => ({
    eventId: idMark,
    name: index % 5 === 0 ? "page_view" : "view_item",
    visitorId: uuidv7(sentAtMs, random),
    sessionId: uuidv7(sentAtMs, random),
    seq: index + 1,
    occurredAtMs: sentAtMs - 1000 + index,
    page_location: `https://shop.example/products/item-${index}?ref=list`,
    page_title: `Item ${index} of the shop`,
    currency: "EUR",
    value: 19.9 + index,
    items: [{ item_id: `item-${index}`, item_name: `Item ${index}`, price: 19.9 + index, quantity: 1 }],
  }));
  const template = Buffer.from(JSON.stringify({ key: "demo", sentAtMs, events }));
  const places: number[] = [];
  for (let at = template.indexOf(idMark); at >= 0; at = template.indexOf(idMark, at + idLength)) places.push(at);
  const prefix = uuidv7(sentAtMs, random).slice(0, 24);
  let next = 0;
  return () => {
    const body = Buffer.from(template);
    for (const place of places) body.write(prefix + (next++).toString(16).padStart(12, "0"), place, "latin1");
    return body;
  };
}
