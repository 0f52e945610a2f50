import { describe, expect, it } from "vitest";
import { decodeEnvelope, encodeEnvelope, type EventEnvelope, limits, parseEvent } from "../src/index.ts";

const receivedAtMs = Date.UTC(2026, 10, 23);
const event = {
  eventId: "01936a3e-6c00-7a1b-8c2d-3e4f50617283",
  name: "view_item",
  visitorId: "v",
  sessionId: "s",
  occurredAtMs: receivedAtMs - 1000,
};

/** The envelope that comes of the event with these fields, and how each field was mended. */
function mended(fields: object): { envelope: EventEnvelope; observed: string[] } {
  const observed: string[] = [];
  const parsed = parseEvent(
    { ...event, ...fields },
    {
      historic: false,
      receivedAtMs,
      sentAtMs: receivedAtMs,
      tenant: "shop",
      observeMending: (part, how) => observed.push(`${part} ${how}`),
    },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.rejection));
  expect(decodeEnvelope(encodeEnvelope(parsed.envelope)).ok).toBe(true);
  expect(parsed.isMended).toBe(observed.length > 0 ? true : undefined);
  return { envelope: parsed.envelope, observed };
}
const item = (fields: object) => ({ items: [{ item_id: "a1", ...fields }] });
const plain = mended({}).envelope;

describe("what has one meaning is taken for it", () => {
  it.each([
    [{ items: [{ item_id: 39910 }] }, { items: [{ item_id: "39910" }] }],
    [{ items: [{ item_id: 0 }] }, { items: [{ item_id: "0" }] }],
    [item({ price: "19.90" }), item({ price: 19.9 })],
    [item({ price: " 19.90 " }), item({ price: 19.9 })],
    [item({ price: "19,90" }), item({ price: 19.9 })],
    [item({ price: "1.234,50" }), item({ price: 1234.5 })],
    [item({ price: "1,234.50" }), item({ price: 1234.5 })],
    [item({ price: "-.5" }), item({ price: -0.5 })],
    [item({ quantity: "1" }), item({ quantity: 1 })],
    [item({ quantity: "2.0" }), item({ quantity: 2 })],
    [item({ index: "0" }), item({ index: 0 })],
    [item({ item_name: 501, item_category: 7 }), item({ item_name: "501", item_category: "7" })],
    [item({ currency: "eur" }), item({ currency: "EUR" })],
    [{ value: "19.90" }, { value: 19.9 }],
    [{ currency: " eur" }, { currency: "EUR" }],
    [{ transaction_id: 10023 }, { transaction_id: "10023" }],
    [
      { userId: 77, sessionId: 1_700_000_000 },
      { userId: "77", sessionId: "1700000000" },
    ],
    [{ seq: "7" }, { seq: 7 }],
    [{ occurredAtMs: receivedAtMs - 999.6 }, { occurredAtMs: receivedAtMs - 1000 }],
    [{ occurredAtMs: String(receivedAtMs) }, { occurredAtMs: receivedAtMs }],
    [{ eventId: event.eventId.toUpperCase() }, { eventId: event.eventId }],
  ])("%j", (sent, taken) => {
    const { envelope, observed } = mended(sent);
    expect(envelope).toEqual({ ...plain, ...taken });
    expect(new Set(observed.map((line) => line.split(" ")[1]))).toEqual(new Set(["coerced"]));
  });
});

describe("what says nothing is left out", () => {
  it.each([
    [item({ item_category: null, item_brand: null, price: null, quantity: "", currency: "" }), item({})],
    [{ currency: "", value: " ", userId: "", item_list_id: "", transaction_id: null, tax: null, seq: null }, {}],
    [{ page_title: null, items: null, recommendation: null }, {}],
    [
      { recommendation: { requestId: "r", placement: "p", position: null } },
      { recommendation: { requestId: "r", placement: "p" } },
    ],
  ])("%j", (sent, taken) => {
    const { envelope, observed } = mended(sent);
    expect(envelope).toEqual({ ...plain, ...taken });
    expect(new Set(observed.map((line) => line.split(" ")[1]))).toEqual(new Set(["absent"]));
  });
});

describe("GA4's own fields", () => {
  it("are stored as they are", () => {
    const texts = { coupon: "X", affiliation: "Shop", location_id: "L1" };
    const promotion = { promotion_id: "P", promotion_name: "Sale", creative_name: "red", creative_slot: "top" };
    const ofEvent = { tax: 1.2, shipping: 3, shipping_tier: "Air", payment_type: "card", customer_type: "new" };
    const ofItem = {
      ...item({ item_variant: "green", item_category2: "b", item_category3: "c", item_category4: "d" }).items[0],
      item_category5: "e",
      discount: 2.2,
      currency: "EUR",
      item_list_id: "l",
      item_list_name: "Related",
      ...texts,
      ...promotion,
    };
    const sent = { name: "purchase", ...texts, ...promotion, ...ofEvent, items: [ofItem] };
    expect(mended(sent)).toEqual({ envelope: { ...plain, ...sent }, observed: [] });
  });
});

describe("what nobody knows", () => {
  it("is ignored and counted, prototypes too", () => {
    const names = JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "toString": null}') as object;
    const { envelope, observed } = mended({
      ...names,
      extra: { deep: [1] },
      items: [{ item_id: "a1", colour: "red", ...names }],
      recommendation: { requestId: "r", placement: "p", more: 1 },
    });
    expect(envelope).toEqual({ ...plain, ...item({}), recommendation: { requestId: "r", placement: "p" } });
    const count = (line: string) => observed.filter((one) => one === line).length;
    expect([count("event ignored"), count("item ignored"), count("recommendation ignored")]).toEqual([4, 4, 1]);
  });
});

describe("free text", () => {
  it("is cut to the limit, never within a character", () => {
    const { textLengthMax: max, urlLengthMax } = limits;
    const { envelope, observed } = mended({
      page_location: "u".repeat(5_000_000),
      page_referrer: "r".repeat(urlLengthMax + 1),
      page_title: `${"t".repeat(max - 1)}😀`,
      search_term: `${"s".repeat(max - 2)}😀😀`,
      item_list_name: "l".repeat(max + 1),
      ...item({ item_name: `${"n".repeat(max - 1)}\ud83d${"n".repeat(9)}`, item_brand: "b".repeat(max) }),
    });
    expect(envelope).toEqual({
      ...plain,
      page_location: "u".repeat(urlLengthMax),
      page_referrer: "r".repeat(urlLengthMax),
      page_title: "t".repeat(max - 1),
      search_term: `${"s".repeat(max - 2)}😀`,
      item_list_name: "l".repeat(max),
      ...item({ item_name: `${"n".repeat(max - 1)}\ufffd`, item_brand: "b".repeat(max) }),
    });
    expect(observed).toEqual([...Array.from({ length: 5 }, () => "event cut"), "item cut"]);
  });
});
