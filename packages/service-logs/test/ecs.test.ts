import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromEcsDocument, toEcsDocument } from "../src/ecs.ts";
import { entries } from "./query/random-queries.ts";

describe("documents in ECS", () => {
  it("have the names of the Elastic Common Schema", () => {
    expect(
      toEcsDocument({
        occurredAtMs: 1_795_860_000_123,
        observedAtMs: 1_795_860_000_500,
        severityNumber: 17,
        severityText: "error",
        body: "failed",
        service: "cart",
        instance: "cart-1",
        host: "web-1",
        traceId: "a".repeat(32),
        attributes: {
          "http.response.status_code": 503,
          "url.path": "/a",
          "exception.type": "Error",
          "user.id": 3,
          service: "x",
        },
        source: { path: "/var/log/cart.log", generation: "g1", offset: 5 },
      }),
    ).toEqual({
      "@timestamp": "2026-11-28T10:00:00.123Z",
      "event.created": "2026-11-28T10:00:00.500Z",
      "log.level": "error",
      "event.severity": 17,
      message: "failed",
      "service.name": "cart",
      "service.node.name": "cart-1",
      "host.name": "web-1",
      "trace.id": "a".repeat(32),
      "log.file.path": "/var/log/cart.log",
      "log.file.fingerprint": "g1",
      "log.offset": 5,
      "http.response.status_code": 503,
      "url.path": "/a",
      "error.type": "Error",
      attributes: { "user.id": 3, service: "x" },
    });
  });

  it("keep a value of another type than its field's apart, which would have the document refused", () => {
    const entry = { occurredAtMs: 1, observedAtMs: 2, severityNumber: 0, body: "", service: "a", instance: "b" };
    expect(toEcsDocument({ ...entry, attributes: { "http.response.status_code": "none" } })).toMatchObject({
      attributes: { "http.response.status_code": "none" },
    });
  });

  it("become the same entries again", () => {
    fc.assert(
      fc.property(entries, (entry) => {
        expect(fromEcsDocument(JSON.parse(JSON.stringify(toEcsDocument(entry))) as never)).toEqual(entry);
      }),
      { numRuns: 500 },
    );
  });
});
