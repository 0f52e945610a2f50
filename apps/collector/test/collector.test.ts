import { get as httpGet } from "node:http";
import { gzipSync } from "node:zlib";
import { AppError, type TenantId } from "@footfall/base";
import { topics } from "@footfall/events";
import { waitFor } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { clickEvent, nowMs, pageOrigin, type RunningCollector, startCollector } from "./running-collector.ts";

let collector: RunningCollector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

describe("POST /v1/events", () => {
  it("appends the envelope and answers a receipt per event in order", async () => {
    const events = [clickEvent(), clickEvent({ visitorId: "visitor-2" })];
    const answer = await collector.send(events, { sentAtMs: nowMs - 60_000 });
    expect(answer.status).toBe(200);
    expect(answer.receipts).toEqual(events.map(({ eventId }) => ({ eventId, status: "accepted" })));
    expect(collector.log.keys(topics.clicks)).toEqual(["visitor-1", "visitor-2"]);
    expect(collector.log.values(topics.clicks)[0]).toEqual({
      ...events[0],
      v: 1,
      tenant: "shop",
      sentAtMs: nowMs - 60_000,
      receivedAtMs: nowMs,
      // A minute of skew between the device's clock and ours is taken out.
      occurredAtMs: nowMs + 59_000,
    });
  });

  it("answers accepted only after the append resolved", async () => {
    let open = (): void => {};
    collector.log.gate = new Promise((resolve) => (open = resolve));
    let isAnswered = false;
    const answer = collector.send([clickEvent()]).finally(() => (isAnswered = true));
    await waitFor(() => collector.log.appendCalls === 1);
    await collector.isAlive();
    expect(isAnswered).toBe(false);
    open();
    expect((await answer).receipts[0]?.status).toBe("accepted");
  });

  it("tells duplicates within a batch and of earlier requests, per shop", async () => {
    const event = clickEvent();
    const first = await collector.send([event, event]);
    expect(first.receipts.map((receipt) => receipt.status)).toEqual(["accepted", "duplicate"]);
    const again = await collector.send([event]);
    expect(again.receipts).toEqual([{ eventId: event.eventId, status: "duplicate" }]);
    const other = await collector.send([event], { key: "other" });
    expect(other.receipts[0]?.status).toBe("accepted");
    expect(collector.log.values(topics.clicks)).toHaveLength(2);
  });

  it("does not call an id a duplicate whose append failed", async () => {
    const event = clickEvent();
    collector.log.failure = new AppError("LOG_UNAVAILABLE", "disk full", { retriable: true });
    expect((await collector.send([event])).status).toBe(503);
    collector.log.failure = undefined;
    expect((await collector.send([event])).receipts[0]?.status).toBe("accepted");
  });

  it("keeps rejected events with code, field and reason beside accepted ones", async () => {
    const good = clickEvent();
    const bad = clickEvent({ name: "shout" });
    const answer = await collector.send([bad, good], { sentAtMs: nowMs });
    expect(answer.status).toBe(200);
    expect(answer.receipts[0]).toMatchObject({
      eventId: bad.eventId,
      status: "rejected",
      code: "EVENT_NAME_UNKNOWN",
      field: "/name",
    });
    expect(answer.receipts[1]?.status).toBe("accepted");
    expect(collector.log.values(topics.rejected)).toEqual([
      {
        tenant: "shop",
        rejectedAtMs: nowMs,
        sentAtMs: nowMs,
        historic: false,
        code: "EVENT_NAME_UNKNOWN",
        field: "/name",
        reason: expect.stringContaining("view_item") as string,
        event: bad,
      },
    ]);
  });

  it("answers 503 for the whole batch when the rejects cannot be kept", async () => {
    collector.log.failure = new AppError("LOG_UNAVAILABLE", "disk full", { retriable: true });
    expect((await collector.send([clickEvent({ name: "shout" })])).code).toBe("LOG_UNAVAILABLE");
  });

  it("goes by the keys that there are now: added, exchanged and removed ones", async () => {
    const entry = { tenant: "shop" as TenantId, origins: ["https://a.example"], isHistoric: false };
    const keys = new Map([["key-a", { key: "key-a", ...entry }]]);
    const running = await startCollector({ keys });
    onTestFinished(() => running.close());
    const send = async (key: string, origin: string): Promise<number> => {
      const body = JSON.stringify({ key, events: [clickEvent()] });
      return (await running.post(body, { Origin: origin, "Content-Type": "text/plain" })).status;
    };
    expect([await send("key-a", "https://a.example"), await send("key-b", "https://b.example")]).toEqual([200, 401]);
    keys.set("key-a", { key: "key-a", ...entry, origins: ["https://b.example"] });
    keys.set("key-b", { key: "key-b", ...entry, tenant: "new" as TenantId, origins: ["https://b.example"] });
    expect(await send("key-a", "https://a.example")).toBe(403);
    expect([await send("key-a", "https://b.example"), await send("key-b", "https://b.example")]).toEqual([200, 200]);
    expect(running.log.values(topics.clicks).map((event) => (event as { tenant: string }).tenant)).toEqual([
      "shop",
      "shop",
      "new",
    ]);
    keys.delete("key-a");
    expect(await send("key-a", "https://b.example")).toBe(401);
  });

  it("takes gzip, any content type, and the key from header, address or body", async () => {
    const body = (more: object) => JSON.stringify({ events: [clickEvent()], ...more });
    const packed = { "Content-Encoding": "gzip", "X-Footfall-Key": "page" };
    expect((await collector.post(gzipSync(body({})), packed)).receipts[0]?.status).toBe("accepted");
    expect((await collector.post(body({}), {}, "?key=page")).receipts[0]?.status).toBe("accepted");
    const beacon = { "Content-Type": "text/plain;charset=UTF-8" };
    expect((await collector.post(body({ key: "page" }), beacon)).receipts[0]?.status).toBe("accepted");
  });

  it("takes any past time from a historic key, as it is", async () => {
    const event = clickEvent({ occurredAtMs: Date.UTC(2014, 3, 1) });
    const answer = await collector.send([event], { key: "past", sentAtMs: nowMs });
    expect(answer.receipts[0]?.status).toBe("accepted");
    expect(collector.log.values(topics.clicks)[0]).toMatchObject({ occurredAtMs: Date.UTC(2014, 3, 1) });
  });
});

describe("origins", () => {
  const preflight = (origin: string, query = "") =>
    fetch(`${collector.server.url}/v1/events${query}`, {
      method: "OPTIONS",
      headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
    });
  const body = () => JSON.stringify({ key: "page", events: [clickEvent()] });

  it("answers preflights by the key's list", async () => {
    const answer = await preflight(pageOrigin, "?key=page");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(pageOrigin);
    expect(answer.headers.get("access-control-allow-headers")).toContain("X-Footfall-Key");
    expect(answer.headers.get("access-control-max-age")).toBe("7200");
    expect(answer.headers.get("vary")).toBe("Origin, Access-Control-Request-Headers");
    expect((await preflight("https://elsewhere.example", "?key=page")).status).toBe(403);
    expect((await preflight("https://elsewhere.example")).status).toBe(204);
  });

  it("grants what a page's tracing adds", async () => {
    const headers = { Origin: pageOrigin, "Access-Control-Request-Headers": "baggage,content-type,traceparent" };
    const answer = await fetch(`${collector.server.url}/v1/events`, { method: "OPTIONS", headers });
    expect(answer.headers.get("access-control-allow-headers")).toBe(
      "Content-Type, Content-Encoding, X-Footfall-Key, baggage, traceparent",
    );
  });

  it("echoes an allowed origin and refuses a foreign one readably", async () => {
    const allowed = await collector.post(body(), { Origin: pageOrigin });
    expect(allowed.headers.get("access-control-allow-origin")).toBe(pageOrigin);
    expect(allowed.headers.get("vary")).toBe("Origin");
    const foreign = await collector.post(body(), { Origin: "https://elsewhere.example" });
    expect([foreign.status, foreign.code]).toEqual([403, "EVENT_ORIGIN_FORBIDDEN"]);
    expect(collector.log.values(topics.clicks)).toHaveLength(1);
  });
});

describe("health and metrics", () => {
  const readiness = async () => {
    const response = await fetch(`${collector.server.operatorUrl}/readyz`);
    return { status: response.status, text: await response.text() };
  };

  it("shows a failing log until an append works or the failure is old", async () => {
    expect((await readiness()).status).toBe(200);
    collector.log.failure = new AppError("LOG_UNAVAILABLE", "disk full", { retriable: true });
    const refused = await collector.send([clickEvent()]);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect((await readiness()).text).toContain("disk full");
    expect(await collector.isAlive()).toBe(true);
    collector.log.failure = undefined;
    await collector.send([clickEvent()]);
    expect((await readiness()).status).toBe(200);
    collector.log.failure = new AppError("LOG_UNAVAILABLE", "disk full", { retriable: true });
    await collector.send([clickEvent()]);
    collector.clock.advance(10_001);
    expect((await readiness()).status).toBe(200);
  });

  it("is not ready when the disk is nearly full", async () => {
    let freeBytes = 1e9;
    const other = await startCollector({ freeDiskBytes: () => freeBytes, bounds: { diskFreeBytesMin: 1e6 } });
    expect(other.service.health()).toEqual([]);
    freeBytes = 1e5;
    expect(other.service.health()).toMatchObject([{ code: "LOG_UNAVAILABLE" }]);
    await other.close();
  });

  it("counts events by receipt, requests by status, and gives bytes back", async () => {
    const event = clickEvent();
    await collector.send([event, event, clickEvent({ seq: 0 })]);
    await collector.post("nonsense", { "X-Footfall-Key": "open" });
    const text = await waitFor(async () => {
      const metrics = await (await fetch(`${collector.server.operatorUrl}/metrics`)).text();
      return metrics.includes('requests_total{status="400"} 1') && metrics;
    });
    expect(text).toContain('footfall_collector_events_total{status="accepted",code=""} 1');
    expect(text).toContain('footfall_collector_events_total{status="duplicate",code=""} 1');
    expect(text).toContain('footfall_collector_events_total{status="rejected",code="EVENT_FIELD_INVALID"} 1');
    expect(text).toContain('footfall_collector_requests_total{status="200"} 1');
    expect(text).toContain("footfall_collector_append_seconds_count 3");
    expect(text).toContain("footfall_collector_in_flight_bytes 0");
    expect(text).toContain('footfall_errors_total{app="collector",code="EVENT_BODY_MALFORMED"} 1');
  });
});

describe("GET /t.js", () => {
  const get = (headers: Record<string, string>) => fetch(`${collector.server.url}/t.js`, { headers });

  it("serves the script packed or plain, and 304 to who has it", async () => {
    const packed = await get({ "Accept-Encoding": "gzip" });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(await packed.text()).toContain("/* tracker */");
    const plain = await get({ "Accept-Encoding": "identity" });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(plain.headers.get("cache-control")).toContain("max-age=3600");
    // `fetch` adds Cache-Control: no-cache to a conditional request, which asks for the whole again.
    const again = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { "If-None-Match": plain.headers.get("etag") ?? "" };
      httpGet(`${collector.server.url}/t.js`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", reject);
    });
    expect(again).toBe(304);
  });
});
