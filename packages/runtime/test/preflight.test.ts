import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { grantedHeaders } from "../src/index.ts";

const granted = (asked: string | undefined) =>
  grantedHeaders({ headers: { "access-control-request-headers": asked } } as unknown as IncomingMessage, ["X-Key"]);

describe("grantedHeaders", () => {
  it.each([
    [undefined, "X-Key"],
    ["", "X-Key"],
    ["content-type,traceparent, sentry-trace , baggage", "X-Key, content-type, traceparent, sentry-trace, baggage"],
    ["x-key,x-datadog-trace-id,x-datadog-trace-id", "X-Key, x-datadog-trace-id"],
    ["bad name,a\r\nb,é,<script>,good", "X-Key, good"],
    [`${"a,".repeat(2_100)}b`, "X-Key"],
  ])("asked %j: %j", (asked, expected) => {
    expect(granted(asked)).toBe(expected);
  });
});
