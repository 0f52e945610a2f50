import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { isUuid } from "@footfall/base";
import { clickLogFormats, clickLogLayout, clickLogTimeMs } from "../../src/formats/index.ts";

const tools = { hash: (text: string) => createHash("md5").update(text).digest("hex"), tenant: "demo" };

test("a retailrocket row becomes a GA4 event with a repeatable id", () => {
  const row = {
    timestamp_s: "1441852593",
    visitorid: "1145517",
    event: "addtocart",
    itemid: "165162",
    sessionid: "1433838",
    categoryid: "1173",
  };
  const event = clickLogFormats.retailrocket.toClickEvent(row, tools);
  expect(event).toEqual({
    eventId: event.eventId,
    name: "add_to_cart",
    visitorId: "1145517",
    sessionId: "1433838",
    occurredAtMs: 1_441_852_593_000,
    items: [{ item_id: "165162", item_category: "1173" }],
  });
  expect(isUuid(event.eventId)).toBe(true);
  expect(Number.parseInt(event.eventId.replace("-", "").slice(0, 12), 16)).toBe(1_441_852_593_000);
  expect(clickLogFormats.retailrocket.toClickEvent({ ...row }, tools).eventId).toBe(event.eventId);
  const other = clickLogFormats.retailrocket.toClickEvent({ ...row, categoryid: "1174" }, tools);
  expect(other.eventId).not.toBe(event.eventId);
  const ofOtherShop = clickLogFormats.retailrocket.toClickEvent(row, { ...tools, tenant: "other" });
  expect(ofOtherShop.eventId).not.toBe(event.eventId);
});

test("a rees46 row keeps 64-bit ids as text and its price as a number", () => {
  const [event_time, event_type, product_id, category_id, category_code, brand, price, user_id, user_session] =
    "2019-10-01 00:00:00 UTC,cart,44600062,2103807459595387724,,shiseido,35.79,541312140,72d76fde".split(",");
  const row = { event_time, event_type, product_id, category_id, category_code, brand, price, user_id, user_session };
  const event = clickLogFormats.rees46.toClickEvent(row as Record<string, string>, tools);
  expect(event.occurredAtMs).toBe(Date.UTC(2019, 9, 1));
  expect(event.items).toEqual([
    { item_id: "44600062", item_brand: "shiseido", item_category: "2103807459595387724", price: 35.79 },
  ]);
});

test("an unknown word stays the event's name, for the schema to refuse", () => {
  const event = clickLogFormats.retailrocket.toClickEvent({ event: "hover" }, tools);
  expect(event.name).toBe("hover");
  expect(event.occurredAtMs).toBeNaN();
});

test.each([
  ["1441852593", 1_441_852_593_000],
  ["1593536687.25", 1_593_536_687_250],
  ["1593536687250", 1_593_536_687_250],
  ["2014-04-06T20:21:58.444Z", Date.UTC(2014, 3, 6, 20, 21, 58, 444)],
  ["2019-10-01 00:00:00 UTC", Date.UTC(2019, 9, 1)],
  ["2019-13-01 00:00:00 UTC", Number.NaN],
  ["yesterday", Number.NaN],
  ["", Number.NaN],
  ["-5", Number.NaN],
])("time %s", (text, timeMs) => expect(clickLogTimeMs(text)).toBe(timeMs));

test("the layout comes from a header in any order, or from the position", () => {
  const { sessions, retailrocket, yoochoose } = clickLogFormats;
  expect(clickLogLayout(sessions, "SessionId\tItemId\tTime")).toEqual({
    delimiter: "\t",
    hasHeader: true,
    columns: ["session_id", "item_id", "ts"],
  });
  expect(clickLogLayout(sessions, "timestamp,user_id,item_id,session_id").columns).toEqual([
    "ts",
    undefined,
    "item_id",
    "session_id",
  ]);
  expect(clickLogLayout(sessions, "s1,i1,1441852593")).toMatchObject({ hasHeader: false, delimiter: "," });
  expect(clickLogLayout(yoochoose, "832,2014-04-06T20:21:58.444Z,214717095,0").hasHeader).toBe(false);
  expect(() => clickLogLayout(retailrocket, "a,b,c")).toThrow(/lacks the columns timestamp_s/);
  expect(() => clickLogLayout(sessions, "only-one")).toThrow(/1 columns of 3/);
});

test("a line that is not JSON is refused with a code", () => {
  expect(() => clickLogFormats.jsonl.toClickEvent({ line: "{" }, tools)).toThrow(
    expect.objectContaining({ code: "EVENT_BODY_MALFORMED" }),
  );
});
