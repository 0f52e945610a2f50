import { errorCodeOf } from "@footfall/base";
import { openSpool, type Spool, type SpoolEvent, type SpoolOptions, type SpoolStatus } from "@footfall/log/spool";
import { Counter, errorCounter, Gauge, type HealthProblem, type Logger, type Registry } from "@footfall/runtime";

/** The spool in front of the log, with what an operator sees of it. */
export interface CollectorSpool extends Pick<Spool, "append" | "close"> {
  isSpooling(): boolean;
  /** A full spool: events are refused. */
  problems(): HealthProblem[];
  /** A spool in use: events are taken, but do not reach the log yet. */
  warnings(): HealthProblem[];
}

/** Opens the spool; see `openSpool` for its errors. */
export async function openCollectorSpool(
  options: Omit<SpoolOptions, "onEvent">,
  logger: Logger,
  registry: Registry,
): Promise<CollectorSpool> {
  const { clock } = options;
  const onEvent = eventObserver(logger, registry);
  const spool = await openSpool({ ...options, onEvent });
  const ageSeconds = (sinceMs: number | undefined): number =>
    sinceMs === undefined ? 0 : Math.max(0, (clock() - sinceMs) / 1000);
  registerGauges(registry, spool, ageSeconds);

  /** How it stands, for `/health`: since when, how much, how old, why. */
  function describe({ spoolingSinceMs, spoolBytes, spoolBytesMax, oldestSpooledAtMs, reason }: SpoolStatus): string {
    const since = spoolingSinceMs === undefined ? "" : ` since ${new Date(spoolingSinceMs).toISOString()}`;
    const oldest = Math.round(ageSeconds(oldestSpooledAtMs));
    const why = reason === "" ? "" : ` The log: ${reason}`;
    return `spooling${since}, ${spoolBytes} of at most ${spoolBytesMax} bytes, the oldest ${oldest} s old.${why}`;
  }

  return {
    append: (topic, records) => spool.append(topic, records),
    close: () => spool.close(),
    isSpooling: () => spool.status().spoolingSinceMs !== undefined,
    problems() {
      const status = spool.status();
      if (!status.isFull) return [];
      return [{ code: "LOG_UNAVAILABLE", message: `The spool is full, events are refused: ${describe(status)}` }];
    },
    warnings() {
      const status = spool.status();
      const warnings: HealthProblem[] = [];
      if (status.spoolingSinceMs !== undefined && !status.isFull) {
        warnings.push({ code: "LOG_UNAVAILABLE", message: `Events are taken to disk: ${describe(status)}` });
      }
      if (status.asideRecords > 0) {
        const message =
          `The log refused ${status.asideRecords} records as too large. They are kept in the spool and sent again at ` +
          "the next start: let the log take larger records, then restart.";
        warnings.push({ code: "LOG_RECORD_TOO_LARGE", message });
      }
      return warnings;
    },
  };
}

function eventObserver(logger: Logger, registry: Registry): (event: SpoolEvent) => void {
  const registers = [registry];
  const countError = errorCounter(registry);
  const spooled = new Counter({
    name: "footfall_collector_spooled_records_total",
    help: "Records that went to the disk because the log did not take them in time.",
    registers,
  });
  const forwarded = new Counter({
    name: "footfall_collector_forwarded_records_total",
    help: "Spooled records that the log has taken since.",
    registers,
  });
  return (event) => {
    const { topic } = event;
    switch (event.kind) {
      case "spooled":
        return spooled.inc(event.records);
      case "forwarded":
        return forwarded.inc(event.records);
      case "direct":
        return logger.info({ topic }, "nothing is spooled; records go straight to the log");
      case "spooling":
        logger.warn({ topic, error: event.error }, "the log does not take records in time; spooling");
        return countError("collector", errorCodeOf(event.error));
      case "failed":
        logger.debug({ topic, error: event.error }, "spooled records could not be forwarded yet");
        return countError("collector", errorCodeOf(event.error));
      case "setAside":
        logger.error({ topic, error: event.error }, "the log refuses a spooled record; it is set aside");
        return countError("collector", errorCodeOf(event.error));
    }
  };
}

function registerGauges(registry: Registry, spool: Spool, ageSeconds: (sinceMs: number | undefined) => number): void {
  const register = (name: string, help: string, value: (status: SpoolStatus) => number): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(value(spool.status()));
        },
      }),
    );
  };
  register(
    "footfall_collector_spool_bytes",
    "Bytes of records on disk that the log has not taken; at the bound the answer is 503.",
    ({ spoolBytes }) => spoolBytes,
  );
  register(
    "footfall_collector_spool_max_bytes",
    "Bytes that may wait in the spool; past it events are refused.",
    ({ spoolBytesMax }) => spoolBytesMax,
  );
  register(
    "footfall_collector_oldest_unforwarded_seconds",
    "How long the oldest record on disk has waited for the log; 0 when none waits.",
    ({ oldestSpooledAtMs }) => ageSeconds(oldestSpooledAtMs),
  );
  register(
    "footfall_collector_spool_aside_records",
    "Records on disk that the log refused as too large since the start.",
    ({ asideRecords }) => asideRecords,
  );
}
