import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { MetricScrape } from "./metric-sample.ts";

const text = Type.String({ minLength: 1 });
/** The year 9999, beyond which no table holds a time. */
const timeMaxMs = 253_402_300_799_999;
const Time = Type.Integer({ minimum: 0, maximum: timeMaxMs });

const MetricScrapeSchema = Type.Object({
  tenant: text,
  job: text,
  instance: text,
  sampledAtMs: Time,
  isUp: Type.Boolean(),
  samples: Type.Array(
    Type.Object({
      name: text,
      kind: Type.Union([Type.Literal("counter"), Type.Literal("gauge"), Type.Literal("unknown")]),
      labels: Type.Record(Type.String(), Type.String()),
      value: Type.Union([Type.Number(), Type.Literal("NaN"), Type.Literal("+Inf"), Type.Literal("-Inf")]),
      startedAtMs: Type.Optional(Time),
    }),
  ),
});

/** The scrape that a record of topic `metrics` says, or why it says none. */
export function readMetricScrape(
  json: string,
): { readonly ok: true; readonly scrape: MetricScrape } | { readonly ok: false; readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { ok: false, reason: "not JSON" };
  }
  if (Value.Check(MetricScrapeSchema, value)) return { ok: true, scrape: value };
  const error = Value.Errors(MetricScrapeSchema, value).First();
  return { ok: false, reason: `${error?.path ?? ""} ${error?.message ?? "is no scrape"}`.trim() };
}
