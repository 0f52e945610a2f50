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
  expect(event.occurredAtMs).toBe("");
});

test.each([
  ["1441852593", 1_441_852_593_000],
  ["1593536687.25", 1_593_536_687_250],
  ["1593536687250", 1_593_536_687_250],
  ["2014-04-06T20:21:58.444Z", Date.UTC(2014, 3, 6, 20, 21, 58, 444)],
  ["2019-10-01 00:00:00 UTC", Date.UTC(2019, 9, 1)],
  ["2023-11-14T23:13:20+01:00", 1_700_000_000_000],
  ["2023-11-14 22:13:20+00:00", 1_700_000_000_000],
  ["2023-11-14 20:43:20 -0130", 1_700_000_000_000],
  ["2023-11-15T00:13:20+02", 1_700_000_000_000],
  ["2023-11-14T22:13:20.123456Z", 1_700_000_000_123],
  ["2023-11-14", Date.UTC(2023, 10, 14)],
  ["2023-11-14 22:13", Date.UTC(2023, 10, 14, 22, 13)],
  ["1.70000E+09", 1_700_000_000_000],
  ["1700000000123456", 1_700_000_000_123],
  ["1700000000123456789", 1_700_000_000_123],
  ["2023-11-14T22:13:20+25:00", Number.NaN],
  ["2019-13-01 00:00:00 UTC", Number.NaN],
  ["yesterday", Number.NaN],
  ["", Number.NaN],
  ["-5", Number.NaN],
])("time %s", (text, timeMs) => expect(clickLogTimeMs(text)).toBe(timeMs));

test("the layout comes from a header in any order, or from the position", () => {
  const { sessions, retailrocket, yoochoose } = clickLogFormats;
  expect(clickLogLayout(sessions, "SessionId\tItemId\tTime")).toMatchObject({
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

test("columns that a format is published with tell which kind a file is of", () => {
  const { retailrocket, yoochoose } = clickLogFormats;
  const published = clickLogLayout(retailrocket, "timestamp,visitorid,event,itemid,transactionid").format;
  const row = { timestamp: "1433222276276", visitorid: "5", event: "transaction", itemid: "9", transactionid: "40" };
  const event = published.toClickEvent({ ...row, quiet_session: "5-1433222276276" }, tools);
  expect(event).toMatchObject({ name: "purchase", sessionId: "5-1433222276276", transaction_id: "40" });
  // Part of a file may give the row another session, not another id.
  expect(published.toClickEvent({ ...row, quiet_session: "x" }, tools).eventId).toBe(event.eventId);
  const buys = clickLogLayout(yoochoose, "11,2014-04-06T18:44:58.314Z,214500001,12462,1").format;
  const cells = { session_id: "11", time: "2014-04-06T18:44:58.314Z", item_id: "2", price: "12462", quantity: "1" };
  expect(buys.toClickEvent(cells, tools)).toMatchObject({
    name: "purchase",
    items: [{ item_id: "2", price: 12_462, quantity: 1 }],
  });
});

test("what is no number stays as it stands in the file, and a word for no value is none", () => {
  const { rees46, sessions } = clickLogFormats;
  const priceOf = (price: string) => rees46.toClickEvent({ product_id: "1", price }, tools).items;
  expect(priceOf("33,20")).toEqual([{ item_id: "1", price: "33,20" }]);
  expect(priceOf("NaN")).toEqual([{ item_id: "1" }]);
  for (const item_id of ["NULL", "null", "\\N", "nan"]) {
    expect(() => sessions.toClickEvent({ item_id }, tools)).toThrow(`"${item_id}"`);
  }
  expect(sessions.toClickEvent({ item_id: "NA" }, tools).items).toEqual([{ item_id: "NA" }]);
});
