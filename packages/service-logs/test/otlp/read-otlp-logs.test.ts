import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logLimits } from "../../src/log-limits.ts";
import { readOtlpLogs } from "../../src/otlp/read-otlp-logs.ts";

const text = (stringValue: string): object => ({ stringValue });
const request = {
  resourceLogs: [
    {
      resource: {
        attributes: [
          { key: "service.name", value: text("cart") },
          { key: "service.instance.id", value: text("cart-1") },
          { key: "host.name", value: text("web-1") },
          { key: "service.version", value: text("1.2") },
        ],
      },
      scopeLogs: [
        {
          scope: { name: "checkout" },
          logRecords: [
            {
              timeUnixNano: "1795860000123456789",
              observedTimeUnixNano: "1795860000500000000",
              severityNumber: 17,
              severityText: "Error",
              body: text("payment failed"),
              traceId: "0AF7651916CD43DD8448EB211C80319C",
              spanId: "b7ad6b7169203331",
              flags: 1,
              attributes: [
                { key: "http.response.status_code", value: { intValue: "503" } },
                {
                  key: "order",
                  value: { kvlistValue: { values: [{ key: "id", value: { intValue: "12345678901234567890" } }] } },
                },
                { key: "tags", value: { arrayValue: { values: [text("a"), { doubleValue: 1.5 }] } } },
                { key: "retried", value: { boolValue: false } },
                { key: "exception.stacktrace", value: text("Error: no\n  at pay") },
              ],
              droppedAttributesCount: 2,
            },
          ],
        },
      ],
    },
  ],
};

const entry = {
  occurredAtMs: 1_795_860_000_123,
  observedAtMs: 1_795_860_000_500,
  severityNumber: 17,
  severityText: "Error",
  body: "payment failed\nError: no\n  at pay",
  service: "cart",
  instance: "cart-1",
  host: "web-1",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  attributes: {
    "http.response.status_code": 503,
    "order.id": "12345678901234567890",
    tags: '["a",1.5]',
    retried: false,
    "otel.scope.name": "checkout",
    "service.version": "1.2",
    "log.attributes_dropped": 2,
  },
};

function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, inner]) => [
    name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
    snakeCase(inner),
  ]);
  return Object.fromEntries(fields);
}

function entriesOf(record: unknown): object[] {
  const read = readOtlpLogs({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }, 7);
  return read.ok ? [...read.entries] : [];
}

describe("readOtlpLogs", () => {
  it("reads lowerCamelCase and snake_case", () => {
    const whole = { ok: true, entries: [entry], rejectedLogRecords: 0, errorMessage: "" };
    expect(readOtlpLogs(request, 7)).toEqual(whole);
    expect(readOtlpLogs(snakeCase(request), 7)).toEqual(whole);
  });

  it("takes the time of observation where there is no other, and says unknown of who sent it", () => {
    expect(entriesOf({ body: text("x"), timeUnixNano: "0" })).toEqual([
      {
        occurredAtMs: 7,
        observedAtMs: 7,
        severityNumber: 0,
        body: "x",
        service: "unknown_service",
        instance: "unknown",
      },
    ]);
    expect(entriesOf({ observedTimeUnixNano: 1_795_860_000_000_000_000, body: text("x") })).toMatchObject([
      { occurredAtMs: 1_795_860_000_000 },
    ]);
  });

  it("makes JSON text of bodies that are no text, and reads severities by name", () => {
    const body = { kvlistValue: { values: [{ key: "a", value: { arrayValue: { values: [{ intValue: 1 }, {}] } } }] } };
    expect(entriesOf({ body, severityNumber: "SEVERITY_NUMBER_WARN2" })).toMatchObject([
      { body: '{"a":[1,null]}', severityNumber: 14 },
    ]);
    expect(entriesOf({ severityText: "warning", eventName: "cart.full" })).toMatchObject([
      { body: "cart.full", severityNumber: 13, attributes: { "event.name": "cart.full" } },
    ]);
  });

  it("rejects what is no record, and what is more than a request may have, and says so", () => {
    const logRecords = [null, 3, ...Array.from({ length: logLimits.otlpRecordsMax + 1 }, () => ({}))];
    const read = readOtlpLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }, 7);
    expect(read).toMatchObject({ ok: true, rejectedLogRecords: 3 });
    expect(read.ok && read.errorMessage).toBe(
      "2 log records are no objects; 1 are more than 10000 of one request: send fewer at a time",
    );
    for (const body of [undefined, null, 3, [], { resourceLogs: {} }])
      expect(readOtlpLogs(body, 7)).toMatchObject({ ok: false });
    expect(readOtlpLogs({}, 7)).toMatchObject({ ok: true, entries: [] });
  });

  it("never throws, and makes entries within the bounds", () => {
    const names = [
      "resourceLogs",
      "scopeLogs",
      "logRecords",
      "attributes",
      "key",
      "value",
      "kvlistValue",
      "values",
      "body",
    ];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 8, depthSize: "medium" },
        fc.jsonValue({ maxDepth: 0 }),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie("any"), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (random) => {
        readOtlpLogs({ resourceLogs: [random] }, 7);
        expect(entriesOf({ body: random, attributes: [{ key: "a", value: random }], traceId: random })).toHaveLength(1);
      }),
    );
    const deep = JSON.parse(`${'{"arrayValue":{"values":['.repeat(5_000)}${"]}}".repeat(5_000)}`) as unknown;
    expect(entriesOf({ body: deep, attributes: [{ key: "a", value: deep }] })).toHaveLength(1);
  });
});
