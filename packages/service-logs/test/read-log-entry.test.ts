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
