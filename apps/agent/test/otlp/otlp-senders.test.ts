import { manualClock } from "@footfall/base";
import { createLogger } from "@footfall/runtime";
import type { LogEntry } from "@footfall/service-logs";
import { expect, test } from "vitest";
import { OtlpSenders } from "../../src/otlp/otlp-senders.ts";

function senders() {
  const clock = manualClock(Date.UTC(2026, 10, 29));
  const overflows: string[] = [];
  const lines: string[] = [];
  const logger = createLogger({ name: "t", level: "warn", destination: { write: (line) => void lines.push(line) } });
  const onOverflow = (signal: string) => void overflows.push(signal);
  const bounds = { servicesMax: 2, targetsMax: 2 };
  return { clock, overflows, lines, senders: new OtlpSenders({ ...bounds, clock: clock.now, logger, onOverflow }) };
}

const entry = (service: string): LogEntry => ({
  occurredAtMs: 1,
  observedAtMs: 1,
  severityNumber: 9,
  body: "hello",
  service,
  instance: "a",
  attributes: { n: 1 },
});

test("services beyond the bound are one, which says of each entry whose it is; one warning, each counted", () => {
  const { senders: bounded, overflows, lines } = senders();
  expect(["a", "b", "a"].map((service) => bounded.placed(entry(service)).service)).toEqual(["a", "b", "a"]);
  expect(bounded.placed(entry("c"))).toMatchObject({
    service: "other_services",
    instance: "a",
    attributes: { n: 1, "service.name": "c" },
  });
  bounded.placed(entry("d"));
  expect(overflows).toEqual(["logs", "logs"]);
  expect(lines).toHaveLength(1);
});

test("a name that no folder can have is none of its own: it would stop the table", () => {
  const { senders: bounded } = senders();
  for (const service of ["ü".repeat(100), "\ud800", "x".repeat(241), "'".repeat(100), "a\nb"])
    expect(bounded.placed(entry(service)).service).toBe("other_services");
});

test("targets beyond the bound are refused, until one has not been heard of for a day", () => {
  const { senders: bounded, clock, overflows } = senders();
  const hasRoom = (instance: string) => bounded.hasRoom({ job: "shop", instance });
  expect(["a", "b", "c"].map(hasRoom)).toEqual([true, true, false]);
  clock.advance(43_200_000);
  expect(hasRoom("a")).toBe(true);
  clock.advance(43_200_000);
  expect(["c", "b"].map(hasRoom)).toEqual([true, false]);
  expect(overflows).toEqual(["metrics", "metrics"]);
});
