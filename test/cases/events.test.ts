import { gzipSync } from "node:zlib";
import { type EventEnvelope, type EventReceipt, type RejectedEvent, topics } from "@footfall/events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { envelope, openPipeline, startMs } from "../../apps/aggregator/test/pipeline-fixture.ts";
import {
  clickEvent,
  nowMs,
  type RunningCollector,
  startCollector,
} from "../../apps/collector/test/running-collector.ts";
import { showCase } from "./cases-report.ts";

let running: RunningCollector;
beforeEach(async () => {
  running = await startCollector();
});
afterEach(() => running.close());

const item = (fields: object) => ({ items: [{ item_id: "a1", ...fields }] });
const order = (fields: object) => ({ name: "purchase", transaction_id: "T1", ...item({}), ...fields });
const stored = () => running.log.values(topics.clicks).at(-1) as EventEnvelope;

/** What the log holds of an event with these fields. */
async function taken(fields: object): Promise<EventEnvelope> {
  const { receipts } = await running.send([clickEvent(fields)]);
  expect(receipts.map(({ status }) => status)).toEqual(["accepted"]);
  return stored();
}

describe("events as real senders send them", () => {
  it.each([
    ["page_title with half an emoji", { page_title: "Shoes \ud83d" }, { page_title: "Shoes \ufffd" }],
    ["item_id as a number", { items: [{ item_id: 39910 }] }, { items: [{ item_id: "39910" }] }],
    ["price as text", item({ price: "19.90" }), item({ price: 19.9 })],
    ["price with a decimal comma", item({ price: "19,90" }), item({ price: 19.9 })],
    ["quantity and index as text", item({ quantity: "1", index: "0" }), item({ quantity: 1, index: 0 })],
    ["value as text", { value: "19.90" }, { value: 19.9 }],
    ["currency in lower case", { currency: "eur" }, { currency: "EUR" }],
    [
      "transaction_id and userId as numbers",
      order({ transaction_id: 10023, userId: 77 }),
      { transaction_id: "10023", userId: "77" },
    ],
    ["occurredAtMs as text", { occurredAtMs: String(nowMs) }, { occurredAtMs: nowMs }],
    ["occurredAtMs with a fraction", { occurredAtMs: nowMs - 0.5 }, { occurredAtMs: nowMs }],
    ["no items", { items: [] }, { items: [] }],
    [
      "item_variant, item_category2",
      item({ item_variant: "green", item_category2: "Adult" }),
      item({ item_variant: "green", item_category2: "Adult" }),
    ],
    [
      "discount, coupon, currency in an item",
      item({ discount: 2.2, coupon: "X", currency: "EUR" }),
      item({ discount: 2.2, coupon: "X", currency: "EUR" }),
    ],
    ["item_list_name in an item", item({ item_list_name: "Related" }), item({ item_list_name: "Related" })],
    [
      "tax, shipping, coupon, affiliation of a purchase",
      order({ tax: 1.2, shipping: 3, coupon: "S", affiliation: "Shop" }),
      { tax: 1.2, shipping: 3, coupon: "S", affiliation: "Shop" },
    ],
    [
      "promotion of an event",
      { name: "view_promotion", promotion_id: "P1", creative_slot: "top" },
      { promotion_id: "P1", creative_slot: "top" },
    ],
  ])("%s", async (input, sent, expected) => {
    expect(await taken(sent)).toMatchObject(expected);
    await showCase(input, `accepted: ${JSON.stringify(expected)}`);
  });

  it.each([
    ["null in optional fields of an item", item({ item_category: null, item_brand: null, price: null }), item({})],
    ["empty currency, userId, item_list_id", { currency: "", userId: "", item_list_id: "", ...item({}) }, item({})],
    [
      "fields that nobody knows",
      { engagement_time_msec: 5, items: [{ item_id: "a1", google_business_vertical: "retail" }] },
      item({}),
    ],
  ])("%s", async (input, sent, expected) => {
    const { v: _v, tenant: _t, sentAtMs: _s, receivedAtMs: _r, ...event } = await taken(sent);
    const { eventId } = event;
    expect(event).toEqual({ ...clickEvent(expected), eventId });
    await showCase(input, "accepted without them");
  });

  it.each([
    "view_cart",
    "add_to_wishlist",
    "add_shipping_info",
    "add_payment_info",
    "refund",
    "view_promotion",
    "select_promotion",
  ])("event %s", async (name) => {
    expect(await taken(order({ name }))).toMatchObject({ name });
    await showCase(`event ${name}`, "accepted");
  });

  it.each(["page_location", "page_referrer", "page_title", "search_term", "item_list_name"])(
    "too long a %s",
    async (field) => {
      const { [field as "page_title"]: text = "" } = await taken({ [field]: "😀".repeat(5_000) });
      expect(text).toMatch(/^(?:😀)+$/u);
      await showCase(`${field} of 10,000 units`, `accepted, cut to ${text.length}`);
    },
  );

  it.each([
    ["an item without an id", { items: [{ item_name: "Lamp" }] }, "/items/0/item_id", "required"],
    ["a quantity below zero", item({ quantity: -1 }), "/items/0/quantity", "not -1"],
    ["a price of words", item({ price: "from 5" }), "/items/0/price", '"from 5"'],
    ["a price of two meanings", item({ price: "1,234" }), "/items/0/price", '"1,234"'],
    ["an item_id past 2^53", { items: [{ item_id: 2 ** 60 }] }, "/items/0/item_id", "as text"],
    ["a currency that is none", { currency: "euro" }, "/currency", '"euro"'],
    ["a name of one's own", { name: "buy" }, "/name", '"buy"'],
  ])("%s is refused, and the reason quotes it", async (input, sent, field, quoted) => {
    const event = clickEvent(sent);
    const { receipts } = await running.send([event]);
    const receipt = receipts[0] as Extract<EventReceipt, { status: "rejected" }>;
    expect(receipt).toMatchObject({ status: "rejected", field });
    expect(receipt.reason).toContain(quoted);
    expect((running.log.values(topics.rejected) as RejectedEvent[]).at(-1)).toMatchObject({ event });
    await showCase(input, `rejected: ${receipt.reason.slice(0, 70)}`);
  });
});

describe("bodies as real senders send them", () => {
  const bodyOf = (frame: object = {}) => JSON.stringify({ key: "open", events: [clickEvent()], ...frame });
  const accepts = async (body: string | Buffer, headers: Record<string, string> = {}) => {
    const { receipts } = await running.post(body, headers);
    expect(receipts.map(({ status }) => status)).toEqual(["accepted"]);
  };

  it.each([
    ["sentAtMs as text", String(nowMs + 5_000), nowMs + 5_000],
    ["sentAtMs null", null, nowMs],
    ["sentAtMs empty", "", nowMs],
  ])("%s", async (input, sentAtMs, storedMs) => {
    await accepts(bodyOf({ sentAtMs }));
    expect(stored()).toMatchObject({ sentAtMs: storedMs });
    await showCase(input, sentAtMs ? "taken as the number" : "taken as not told");
  });

  it("a byte order mark before the JSON", async () => {
    await accepts(`\ufeff${bodyOf()}`);
    await showCase("byte order mark before the JSON", "accepted");
  });

  it.each(["Identity", "", "IDENTITY, "])("Content-Encoding: %j", async (encoding) => {
    await accepts(bodyOf(), { "Content-Encoding": encoding });
    await showCase(`Content-Encoding: ${JSON.stringify(encoding)}`, "accepted, read as it is");
  });

  it.each(["x-gzip", "GZIP", "gzip, identity"])("Content-Encoding: %j", async (encoding) => {
    await accepts(gzipSync(bodyOf()), { "Content-Encoding": encoding });
    await showCase(`Content-Encoding: ${JSON.stringify(encoding)}`, "accepted, unpacked");
  });
});

it("a time in the topic that no table can hold", async () => {
  const pipeline = await openPipeline(1);
  try {
    const bad = JSON.stringify({ ...envelope({ occurredAtMs: startMs }), sentAtMs: 1e18 });
    const next = envelope({ occurredAtMs: startMs });
    await pipeline.send([bad, next]);
    await (await pipeline.start()).caughtUp();
    expect(await pipeline.eventIds()).toEqual([next.eventId]);
    await showCase("record of the topic with sentAtMs 1e18", "a dead letter; the next record is in the lake");
  } finally {
    await pipeline.close();
  }
});
