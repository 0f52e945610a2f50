import type { AppName } from "./config.ts";
import type { Logger } from "./logger.ts";
import { Counter, type Registry } from "./metrics.ts";

/** What a log tells of itself, as far as it matters here; each kind has fields of its own. */
export interface LogEvent {
  readonly kind: string;
  readonly error?: unknown;
}

export interface LogObserver {
  /** Records were deleted before a subscription came to them. */
  readonly onGap: (gap: object) => void;
  readonly observer: (event: LogEvent) => void;
}

/** Kinds that happen in ordinary operation. */
const ordinary = new Set(["rebalance", "topic-changed"]);

/** Turns what a log tells of itself into a counter and log lines. */
export function logObserver(app: AppName, logger: Logger, registry: Registry): LogObserver {
  const events = new Counter({
    name: "footfall_log_events_total",
    help: "Rebalances, retries, rebuilt clients, changed topics and gaps below the log's port, by kind.",
    labelNames: ["app", "kind"],
    registers: [registry],
  });
  const count = (kind: string): void => events.inc({ app, kind });
  return {
    onGap(gap) {
      count("gap");
      logger.error({ gap }, "records were deleted before they were read");
    },
    observer(event) {
      count(event.kind);
      // The logger writes an error out where it stands by itself; inside of another object it would lose its message.
      const { error, ...rest } = event;
      const fields = error === undefined ? { event: rest } : { event: rest, error };
      logger[ordinary.has(event.kind) ? "info" : "warn"](fields, "log");
    },
  };
}
