import { expect, test, vi } from "vitest";
import { eventsUrl, refusalLine } from "../src/collector-api.ts";
import { type Call, servePageCalls, type Settings, waitingCallsMax } from "../src/page-calls.ts";
import type { Tracker } from "../src/tracker.ts";

function page(settings: (Settings | undefined)[], earlier: Call[] = []) {
  const tracker = { track: vi.fn(), setConsent: vi.fn(), identify: vi.fn(), flush: vi.fn() };
  const start = vi.fn(() => tracker as unknown as Tracker);
  const warn = vi.fn();
  const onFault = vi.fn();
  const footfall = servePageCalls({ settings, earlier, start, warn, onFault });
  return { footfall, tracker, start, warn, onFault };
}

test("of attributes, global and config call the later counts, name by name", () => {
  const attributes = { key: "from tag", endpoint: "https://tag", currency: "EUR", pageViews: "off" };
  const earlier = [
    ["track", "search"],
    ["config", { endpoint: "https://call" }],
  ];
  const { start, warn } = page([attributes, { key: "from global", endpoint: "https://global" }], earlier);
  expect(start.mock.calls).toEqual([
    [{ key: "from global", endpoint: "https://call", currency: "EUR", pageViews: false }],
  ]);
  expect(warn).not.toHaveBeenCalled();
});

test("what a tag manager leaves empty says nothing, and a key may be a number", () => {
  const { start } = page([{ key: "k" }, { key: undefined, consent: null } as unknown as Settings, undefined]);
  expect(start).toHaveBeenCalledWith({ key: "k", endpoint: "", pageViews: true });
  expect(page([{ key: 12 } as unknown as Settings]).start).toHaveBeenCalledWith(expect.objectContaining({ key: "12" }));
});

test("page views are off by a flag or by its words", () => {
  for (const [pageViews, expected] of [
    [false, false],
    ["false", false],
    ["off", false],
    [true, true],
    ["on", true],
  ] as const) {
    expect(page([{ key: "k", pageViews }]).start).toHaveBeenCalledWith(
      expect.objectContaining({ pageViews: expected }),
    );
  }
});

test("without a key nothing starts, one line says so, and calls wait in order, bounded", () => {
  const { footfall, tracker, start, warn } = page([{}], [["track", "search", { search_term: "0" }]]);
  for (let n = 1; n < waitingCallsMax + 10; n += 1) footfall("track", "search", { search_term: String(n) });
  footfall("config", { currency: "EUR" });
  expect([start.mock.calls.length, warn.mock.calls.length]).toEqual([0, 1]);
  footfall("config", { key: "k", endpoint: "https://c" });
  footfall("config", { key: "other" });
  expect(start.mock.calls).toEqual([[{ currency: "EUR", key: "k", endpoint: "https://c", pageViews: true }]]);
  footfall("flush");
  expect(tracker.track.mock.calls.map(([, fields]) => (fields as { search_term: string }).search_term)).toEqual(
    Array.from({ length: waitingCallsMax }, (_, n) => String(n)),
  );
  expect(tracker.flush).toHaveBeenCalledTimes(1);
});

test("commands reach the tracker; unknown ones and faults do not reach the page", () => {
  const { footfall, tracker, onFault } = page([{ key: "k" }]);
  footfall("consent", "denied");
  footfall("identify", "customer-1");
  footfall("nonsense");
  footfall("constructor");
  footfall();
  expect([tracker.setConsent.mock.calls, tracker.identify.mock.calls]).toEqual([[["denied"]], [["customer-1"]]]);
  const ready = vi.fn();
  footfall("ready", ready);
  expect(ready).toHaveBeenCalledWith(tracker);
  expect(onFault).not.toHaveBeenCalled();
  footfall("ready", () => {
    throw new Error("the shop's own");
  });
  expect(onFault).toHaveBeenCalledTimes(1);
});

test("an endpoint may end in slashes or name the events' address", () => {
  for (const endpoint of [
    "https://c",
    "https://c/",
    "https://c//",
    " https://c ",
    "https://c/v1/events",
    "https://c//v1/events/",
  ]) {
    expect(eventsUrl(endpoint)).toBe("https://c/v1/events");
  }
  for (const endpoint of ["", "/", "/v1/events"]) expect(eventsUrl(endpoint)).toBe("/v1/events");
  expect(eventsUrl("https://shop.example/collect/")).toBe("https://shop.example/collect/v1/events");
});

test("the line in the console names address, answer and what to check", () => {
  const line = refusalLine("https://c/v1/events", { status: 401, detail: "The write key is not known here." });
  expect(line).toMatch(/https:\/\/c\/v1\/events answered 401.*endpoint, key.*The write key is not known here\./);
  expect(refusalLine("/v1/events", { status: 404 })).not.toContain("undefined");
});
