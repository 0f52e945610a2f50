import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { AppError } from "@footfall/base";
import { limits, type RejectedEvent, topics } from "@footfall/events";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { clickEvent, nowMs, type RunningCollector, startCollector } from "./running-collector.ts";

let collector: RunningCollector;
beforeEach(async () => {
  collector = await startCollector({ bounds: { inFlightBytesMax: 8 * 1_048_576 } });
});
/** Whatever was sent: the process lives, takes the next event and holds no bytes of the last. */
afterEach(async () => {
  expect((await collector.send([clickEvent()])).receipts[0]?.status).toBe("accepted");
  await waitFor(async () => (await collector.registry.metrics()).includes("footfall_collector_in_flight_bytes 0"));
  await collector.close();
});

const key = { "X-Footfall-Key": "open" };
const rejected = () => collector.log.values(topics.rejected) as RejectedEvent[];
const oneRejection = async (event: unknown) => {
  const answer = await collector.send([event], { sentAtMs: nowMs });
  expect(answer.status).toBe(200);
  expect(rejected()).toHaveLength(1);
  return answer.receipts[0];
};

it("malformed JSON: 400, and the text is kept", async () => {
  const answer = await collector.post('{"events": [', key);
  expect([answer.status, answer.code]).toEqual([400, "EVENT_BODY_MALFORMED"]);
  expect(rejected()).toMatchObject([{ code: "EVENT_BODY_MALFORMED", tenant: "shop", event: '{"events": [' }]);
});

it("malformed JSON without a known key: 400, and nothing is kept", async () => {
  expect((await collector.post("{")).code).toBe("EVENT_BODY_MALFORMED");
  expect(rejected()).toEqual([]);
});

it("malformed JSON with its key in it: 400, and the text is kept", async () => {
  const body = '{"key":"open","events": [';
  expect((await collector.post(body)).code).toBe("EVENT_BODY_MALFORMED");
  expect(rejected()).toMatchObject([{ tenant: "shop", event: body }]);
  await collector.post('{"key":"page","events": [', { Origin: "https://elsewhere.example" });
  expect(rejected()).toHaveLength(1);
});

it.each([
  ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), {}, "EVENT_BODY_MALFORMED", "data:;base64,e/99"],
  ["another encoding", Buffer.from("é{"), { "Content-Encoding": "br" }, "EVENT_BODY_MALFORMED", "é{"],
  ["no gzip", Buffer.from("{plain"), { "Content-Encoding": "gzip" }, "EVENT_BODY_MALFORMED", "{plain"],
  ["no event", Buffer.from('{"events":[]}'), {}, "EVENT_BATCH_EMPTY", '{"events":[]}'],
  ["no array", Buffer.from('{"events":1}'), {}, "EVENT_BODY_MALFORMED", '{"events":1}'],
])("a body with %s: refused and kept", async (_what, body, headers, code, event) => {
  expect((await collector.post(body, { ...key, ...headers })).code).toBe(code);
  expect(rejected()).toMatchObject([{ code, tenant: "shop", event }]);
});

it("a cut gzip body: what was unpacked is kept", async () => {
  const text = JSON.stringify({ events: Array.from({ length: 200 }, () => clickEvent()) });
  const packed = gzipSync(text);
  await collector.post(packed.subarray(0, packed.length - 20), { ...key, "Content-Encoding": "gzip" });
  const { code, event } = rejected()[0]!;
  expect(code).toBe("EVENT_BODY_MALFORMED");
  expect(text.startsWith(event as string)).toBe(true);
  expect((event as string).length).toBeGreaterThan(text.length / 2);
});

it("bodies that are too large or too long: their beginning is kept", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, "x"));
  expect((await collector.post(bomb, { ...key, "Content-Encoding": "gzip" })).status).toBe(413);
  const events = Array.from({ length: limits.batchEventsMax + 1 }, () => 1);
  expect((await collector.send(events)).status).toBe(413);
  expect((await collector.post("y".repeat(limits.bodyBytesMax + 1), key)).status).toBe(413);
  expect(rejected()).toMatchObject([
    { code: "EVENT_BODY_TOO_LARGE", event: "x".repeat(limits.eventBytesMax) },
    { code: "EVENT_BATCH_TOO_LONG", event: JSON.stringify({ key: "open", events }) },
    { code: "EVENT_BODY_TOO_LARGE", event: "" },
  ]);
});

it("a small packed body of much nonsense: all rejected, and what is kept is bounded", async () => {
  const event = `{"a":[${"1e20,".repeat(800)}1]}`;
  const body = gzipSync(`{"key":"open","events":[${Array.from({ length: 900 }, () => event).join()}]}`);
  const answer = await collector.post(body, { "Content-Encoding": "gzip" });
  expect(answer.receipts.filter(({ status }) => status === "rejected")).toHaveLength(900);
  expect(rejected()).toHaveLength(900);
  expect(JSON.stringify(rejected()).length).toBeLessThan(1.2 * limits.unpackedBytesMax);
});

it("bytes that are not UTF-8: 400", async () => {
  expect((await collector.post(Buffer.from([0x7b, 0xff, 0x7d]), key)).code).toBe("EVENT_BODY_MALFORMED");
});

it.each([
  ["null", ""],
  ["[]", ""],
  ['"text"', ""],
  ["{}", "/events"],
  ['{"events":{}}', "/events"],
  ['{"events":[1],"key":5}', "/key"],
  ['{"events":[1],"sentAtMs":"now"}', "/sentAtMs"],
  ['{"events":[1],"sentAtMs":1e300}', "/sentAtMs"],
  ['{"events":[1],"sentAtMs":-1}', "/sentAtMs"],
  ['{"events":[1],"sentAtMs":"-1"}', "/sentAtMs"],
  ['{"events":[1],"sentAtMs":999999999999999}', "/sentAtMs"],
  ['{"events":[1],"sentAtMs":"999999999999999"}', "/sentAtMs"],
])("a body of the wrong type %s: 400 at %s", async (body, field) => {
  const response = await fetch(`${collector.server.url}/v1/events`, { method: "POST", body, headers: key });
  expect(await response.json()).toMatchObject({ status: 400, code: "EVENT_BODY_MALFORMED", field });
});

it("a field of the wrong type: rejected with its pointer", async () => {
  const receipt = await oneRejection(clickEvent({ items: [{ item_id: true }] }));
  expect(receipt).toMatchObject({ code: "EVENT_FIELD_INVALID", field: "/items/0/item_id" });
});

it.each([[null], [7], ["event"], [[]]])("an event that is %j: rejected without an id", async (event) => {
  expect(await oneRejection(event)).toMatchObject({ eventId: null, code: "EVENT_FIELD_INVALID", field: "" });
});

it("an unknown event name: rejected", async () => {
  expect(await oneRejection(clickEvent({ name: "toString" }))).toMatchObject({ code: "EVENT_NAME_UNKNOWN" });
});

it.each([
  ["the far past", 0, "EVENT_TIME_TOO_OLD"],
  ["the far future", limits.timeMsMax, "EVENT_TIME_IN_FUTURE"],
  ["a future that no table holds", 8.64e15, "EVENT_FIELD_INVALID"],
  ["after its own sending", nowMs + limits.eventFutureMaxMs + 1, "EVENT_TIME_IN_FUTURE"],
])("a time in %s: rejected", async (_when, occurredAtMs, code) => {
  expect(await oneRejection(clickEvent({ occurredAtMs }))).toMatchObject({ code, field: "/occurredAtMs" });
});

it("a future time from a historic key: rejected", async () => {
  const answer = await collector.send([clickEvent({ occurredAtMs: nowMs + 1e9 })], { key: "past" });
  expect(answer.receipts[0]).toMatchObject({ code: "EVENT_TIME_IN_FUTURE" });
});

it("a body of 10 MB that says so: 413 before it is read", async () => {
  const { status, sentBytes } = await postSlowly(10_000_000, true);
  expect(status).toBe(413);
  expect(sentBytes).toBe(0);
});

it("a body of 10 MB that does not say so: 413 and the connection is closed early", async () => {
  const { status, sentBytes } = await postSlowly(10_000_000, false);
  expect(status).toBe(413);
  expect(sentBytes).toBeLessThan(10_000_000);
});

it("a gzip bomb: 413, unpacked only to the limit", async () => {
  const bomb = gzipSync(Buffer.alloc(200_000_000));
  expect(bomb.length).toBeLessThan(limits.bodyBytesMax);
  const answer = await collector.post(bomb, { ...key, "Content-Encoding": "gzip" });
  expect([answer.status, answer.code]).toEqual([413, "EVENT_BODY_TOO_LARGE"]);
});

it.each([
  ["not gzip", Buffer.from('{"events":[]}')],
  ["cut gzip", gzipSync(JSON.stringify({ events: [clickEvent()] })).subarray(0, 60)],
])("%s under Content-Encoding gzip: 400", async (_what, body) => {
  const answer = await collector.post(body, { ...key, "Content-Encoding": "gzip" });
  expect([answer.status, answer.code]).toEqual([400, "EVENT_BODY_MALFORMED"]);
});

it("another content encoding: 400", async () => {
  const answer = await collector.post("{}", { ...key, "Content-Encoding": "br" });
  expect([answer.status, answer.code]).toEqual([400, "EVENT_BODY_MALFORMED"]);
});

it.each([[{ key: "nobody" }], [{ key: "__proto__" }], [{ key: undefined }]])("the key of %j: 401", async (more) => {
  const answer = await collector.send([clickEvent()], more);
  expect([answer.status, answer.code]).toEqual([401, "EVENT_KEY_INVALID"]);
});

it("an empty batch: 400", async () => {
  expect(await collector.send([])).toMatchObject({ status: 400, code: "EVENT_BATCH_EMPTY" });
});

it("too long a batch: 413, nothing taken", async () => {
  const events = Array.from({ length: limits.batchEventsMax + 1 }, () => clickEvent());
  expect(await collector.send(events)).toMatchObject({ status: 413, code: "EVENT_BATCH_TOO_LONG" });
  expect(collector.log.values(topics.clicks)).toEqual([]);
});

it("unicode in ids is taken as it is", async () => {
  const visitorId = "Ünï-訪問者-😀";
  expect((await collector.send([clickEvent({ visitorId })])).receipts[0]?.status).toBe("accepted");
  expect(collector.log.keys(topics.clicks)).toEqual([visitorId]);
});

it.each([["a\u0000b"], ["a\ud800b"], ["\udc00"], ["a\nb"], [""]])("the id %j: rejected", async (visitorId) => {
  const receipt = await oneRejection(clickEvent({ visitorId }));
  expect(receipt).toMatchObject({ code: "EVENT_FIELD_INVALID", field: "/visitorId" });
  expect(rejected()).toMatchObject([{ event: { visitorId } }]);
});

it("a lone surrogate in a text is replaced", async () => {
  const answer = await collector.send([clickEvent({ page_title: "cut \ud83d" })]);
  expect(answer.receipts[0]?.status).toBe("accepted");
  expect(collector.log.values(topics.clicks)[0]).toMatchObject({ page_title: "cut \ufffd" });
});

it("prototype keys: ignored, no prototype touched", async () => {
  const event = JSON.stringify(clickEvent()).replace("{", '{"__proto__":{"polluted":1},"constructor":{},');
  const body = `{"__proto__":{"events":[1]},"key":"open","events":[${event}]}`;
  const answer = await collector.post(body);
  expect(answer.receipts[0]).toMatchObject({ status: "accepted" });
  expect(Object.keys(collector.log.values(topics.clicks)[0] as object)).not.toContain("constructor");
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

it("deep nesting: rejected, kept as text", async () => {
  const depth = 100_000;
  const body = `{"key":"open","events":[${"[".repeat(depth)}${"]".repeat(depth)}]}`;
  const answer = await collector.post(body);
  expect(answer.receipts[0]).toMatchObject({ status: "rejected", code: "EVENT_FIELD_INVALID" });
  expect(rejected()[0]?.event).toContain('{"key":"open"');
});

it("an event over the size limit: rejected, kept whole", async () => {
  const items = Array.from({ length: 200 }, (_, index) => ({ item_id: `i${index}`, item_name: "x".repeat(500) }));
  expect(await oneRejection(clickEvent({ items }))).toMatchObject({ code: "EVENT_TOO_LARGE", field: "" });
  expect(rejected()[0]?.event).toMatchObject({ items });
});

it("a huge event: rejected, kept cut", async () => {
  const body = JSON.stringify({ key: "open", events: [clickEvent({ visitorId: "x".repeat(2_000_000) })] });
  const answer = await collector.post(gzipSync(body), { "Content-Encoding": "gzip" });
  expect(answer.receipts[0]).toMatchObject({ code: "EVENT_FIELD_INVALID", field: "/visitorId" });
  expect(rejected()[0]?.event).toBe(body.slice(0, limits.eventBytesMax));
});

it("a wrong method: 405 with Allow", async () => {
  const response = await fetch(`${collector.server.url}/v1/events`);
  expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
});

it("a log that is away, full or closing: 503 with Retry-After, and taken when it is back", async () => {
  for (const code of ["LOG_UNAVAILABLE", "LOG_OVERLOADED", "LOG_CLOSED"] as const) {
    collector.log.failure = new AppError(code, "cannot write /var/lib/footfall/log", {
      retriable: code !== "LOG_CLOSED",
    });
    const answer = await collector.send([clickEvent()]);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^[123]$/);
    expect(answer.detail).not.toContain("/var/lib");
  }
  collector.log.failure = undefined;
  expect(collector.log.values(topics.clicks)).toEqual([]);
});

it("more bytes under way than the bound: 503, and taken when there is room", async () => {
  let open = (): void => {};
  collector.log.gate = new Promise((resolve) => (open = resolve));
  const body = () => JSON.stringify({ key: "open", events: [clickEvent()] }) + " ".repeat(900_000);
  const answers = Array.from({ length: 12 }, () => collector.post(body()));
  const first = await Promise.race(answers);
  expect([first.status, first.code]).toEqual([503, "LOG_OVERLOADED"]);
  open();
  const statuses = (await Promise.all(answers)).map((answer) => answer.status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8);
});

it("a client that goes away in the middle of its body", async () => {
  const socket = connect(collector.server.port, "127.0.0.1");
  socket.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"key":"open"');
  await waitFor(async () => !(await collector.registry.metrics()).includes("footfall_collector_in_flight_bytes 0"));
  socket.destroy();
  await waitFor(async () => (await collector.registry.metrics()).includes('requests_total{status="499"} 1'));
});

/** Sends a body in pieces as the socket takes them, and stops at the answer. */
function postSlowly(bytes: number, isAnnounced: boolean): Promise<{ status: number; sentBytes: number }> {
  return new Promise((resolve, reject) => {
    const headers = { ...key, ...(isAnnounced ? { "Content-Length": bytes } : {}) };
    const outgoing = httpRequest(`${collector.server.url}/v1/events`, { method: "POST", headers });
    const piece = Buffer.alloc(65_536, " ");
    let sentBytes = 0;
    let status = 0;
    outgoing.on("response", (response) => {
      status = response.statusCode ?? 0;
      response.resume();
    });
    outgoing.on("error", (error) => (status === 0 ? reject(error) : undefined));
    outgoing.on("close", () => resolve({ status, sentBytes }));
    const write = (): void => {
      if (status !== 0 || outgoing.destroyed || sentBytes >= bytes) return;
      sentBytes += piece.length;
      outgoing.write(piece, () => setImmediate(write));
    };
    if (isAnnounced) outgoing.flushHeaders();
    else write();
  });
}
