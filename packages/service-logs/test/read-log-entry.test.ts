import { expect, it } from "vitest";
import { readLogEntry } from "../src/read-log-entry.ts";

const entry = {
  occurredAtMs: 1_700_000_000_000,
  observedAtMs: 1_700_000_000_001,
  severityNumber: 9,
  body: "cart created",
  service: "cart",
  instance: "cart-1",
  attributes: { "http.response.status_code": 201, ok: true },
  source: { path: "/var/log/cart.log", generation: "g1", offset: 0 },
};

it("reads what the agent writes", () => {
  expect(readLogEntry(JSON.stringify(entry))).toEqual({ ok: true, entry });
});

it.each([
  ["{", "no JSON"],
  ["null", "no log entry"],
  [JSON.stringify({ ...entry, service: "" }), "/service"],
  [JSON.stringify({ ...entry, occurredAtMs: 1e18 }), "/occurredAtMs"],
  [JSON.stringify({ ...entry, attributes: { nested: {} } }), "/attributes/nested"],
  [JSON.stringify({ ...entry, source: { path: "p", generation: "g", offset: -1 } }), "/source/offset"],
])("says what is wrong with %s", (json, reason) => {
  expect(readLogEntry(json)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
});

it.each(["..", ".", "shop/cart", "a\\b", "ä b", "x".repeat(240), "%2F"])(
  "keeps service %j, which a path can hold",
  (service) => {
    expect(readLogEntry(JSON.stringify({ ...entry, service }))).toEqual({ ok: true, entry: { ...entry, service } });
  },
);

it.each([
  ["x".repeat(241), "x".repeat(241)],
  ["x".repeat(1_000), "x".repeat(256)],
  ["\0", "\0"],
  ["cart\nforged", "cart\nforged"],
  ["\ud800", "\ufffd"],
  ["'".repeat(100), "'".repeat(100)],
  [".".repeat(100), ".".repeat(100)],
])("keeps an entry of service %j as one of other_services", (service, told) => {
  expect(readLogEntry(JSON.stringify({ ...entry, service }))).toEqual({
    ok: true,
    entry: { ...entry, service: "other_services", attributes: { ...entry.attributes, "service.name": told } },
  });
});
