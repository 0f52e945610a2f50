import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger } from "pino";

export interface LoggerOptions {
  readonly name: string;
  readonly level: string;
  /** Standard output when absent. */
  readonly destination?: DestinationStream;
}

/** JSON lines, one a record; times as ISO text so that a person can read them too. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    name: options.name,
    level: options.level,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    base: { pid: process.pid },
    serializers: { error: describeError },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** Errors with their code, context and causes; bigints as text, since JSON has none. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code, retriable, context } = error as Error & { code?: unknown; retriable?: unknown; context?: object };
  return {
    type: error.name,
    message: error.message,
    code,
    retriable,
    ...(context
      ? { context: Object.fromEntries(Object.entries(context).map(([key, value]) => [key, jsonable(value)])) }
      : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

function jsonable(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
