import { AppError } from "@footfall/base";
import { expect, it } from "vitest";
import { createLogger, createMetricsRegistry, logObserver } from "../src/index.ts";

it("logs what a log tells of itself with the reason", () => {
  const lines: string[] = [];
  const logger = createLogger({ name: "test", level: "info", destination: { write: (line) => void lines.push(line) } });
  const { observer } = logObserver("collector", logger, createMetricsRegistry());
  const error = new AppError("LOG_UNAVAILABLE", "no leader yet", { retriable: true, context: { offset: 5n } });
  const event = { kind: "retry", call: "wait for leaders", error };
  observer(event);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 40,
    event: { kind: "retry", call: "wait for leaders" },
    error: { code: "LOG_UNAVAILABLE", message: "no leader yet", context: { offset: "5" } },
  });
});
