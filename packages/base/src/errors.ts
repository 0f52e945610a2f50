/**
 * Every error code of the product. Closed on purpose: docs/errors.md is generated from it, each code has a counter,
 * and a caller may switch over it. The prefix names the package that owns the code.
 */
export const errorCodes = {
  EVENT_BODY_MALFORMED: "The request body is not the JSON that the API describes.",
  EVENT_BODY_TOO_LARGE: "The request body, or what it unpacks to, exceeds the limit.",
  EVENT_BATCH_EMPTY: "The batch holds no event.",
  EVENT_BATCH_TOO_LONG: "The batch holds more events than the limit.",
  EVENT_TOO_LARGE: "One event exceeds the size limit.",
  EVENT_FIELD_MISSING: "A required field is absent.",
  EVENT_FIELD_INVALID: "A field has the wrong type, length, range or form.",
  EVENT_FIELD_UNKNOWN: "A field that this schema version does not know.",
  EVENT_NAME_UNKNOWN: "The event name is not one of the supported GA4 names.",
  EVENT_TIME_TOO_OLD: "The event time lies too far in the past for this write key.",
  EVENT_TIME_IN_FUTURE: "The event time lies in the future.",
  EVENT_KEY_INVALID: "The write key is absent or unknown.",
  EVENT_ORIGIN_FORBIDDEN: "The page's origin is not on the allow-list of the write key.",
  EVENT_QUOTA_EXCEEDED: "The write key has sent more than it may; the same batch is taken later.",
  LOG_TOPIC_UNKNOWN: "The topic does not exist.",
  LOG_OFFSET_OUT_OF_RANGE: "The offset lies outside what the log still holds.",
  LOG_REPLACED: "The log is not the one that was read before: it was made again, or has lost records.",
  LOG_RECORD_TOO_LARGE: "A record exceeds the log's size limit.",
  LOG_OVERLOADED: "Too many appends are waiting; memory stays bounded.",
  LOG_UNAVAILABLE: "The log cannot be reached or cannot store (disk full, broker away).",
  LOG_CORRUPT: "The log's files cannot be read.",
  LOG_GROUP_ACTIVE: "The consumer group still has members.",
  LOG_CLOSED: "The log was closed.",
  LOG_CATCHING_UP: "The service is still reading what the log held when it started.",
  LAKE_COMMIT_CONFLICT: "Another writer committed first and the change no longer applies.",
  LAKE_WRITER_FENCED: "Another writer has moved this partition's offsets on; this one must stop.",
  LAKE_COMMIT_CORRUPT: "A commit entry of a table cannot be read.",
  LAKE_FILE_CORRUPT: "A data file is truncated or cannot be read.",
  LAKE_FILE_MISSING: "A data file that a commit names does not exist.",
  LAKE_ROW_COUNT_MISMATCH: "A writer produced another number of rows than it was given.",
  LAKE_TOO_NEW: "A table uses what this release does not implement: a newer or another program made it.",
  LAKE_SCHEMA_CONFLICT: "A column cannot change its type.",
  LAKE_VERSION_UNKNOWN: "The table has no such version.",
  LAKE_TABLE_UNKNOWN: "The lake has no such table.",
  LAKE_UNAVAILABLE: "The lake's disk is full or cannot be written.",
  LAKE_BACKUP_REFUSED: "The folder that a backup or a restore is to fill holds something, or is not fit for it.",
  LAKE_BACKUP_CORRUPT: "A backup is not whole, or one of its files is missing or damaged.",
  LAKE_QUERY_FAILED: "DuckDB refused a query over the lake.",
  INDEX_UNAVAILABLE: "The log index cannot store or read (disk full, no permission).",
  INDEX_CORRUPT: "A file of the log index is damaged; the index can be rebuilt.",
  INDEX_LOCKED: "Another process writes to this log index.",
  INDEX_WRITER_FENCED: "The stored progress is not the expected one: another writer was here.",
  INDEX_ENTRY_INVALID: "An entry has no time that the log index can place.",
  INDEX_CLOSED: "The log index was closed.",
  REPLICA_UNAVAILABLE: "The system that holds a copy of tables cannot be reached or cannot store.",
  REPLICA_WRITER_FENCED: "Another writer has moved a replica's progress on; this one must stop.",
  REPLICA_ROW_REFUSED: "A replica cannot hold a row for what is in it.",
  REPLICA_TABLE_REFUSED: "A table of a replica cannot be what the source's is, until somebody changes it.",
  MODEL_CORRUPT: "A model file fails its checksum or cannot be read.",
  MODEL_NOT_FOUND: "No model has been published.",
  MODEL_TRAINING_LOCKED: "Another training run holds the lock.",
  MODEL_NO_DATA: "There are too few sessions to train on.",
  MODEL_GATE_REFUSED: "The new model is empty, or worse than the served one; that stays.",
  MODEL_UNAVAILABLE: "The model folder's disk is full or cannot be written.",
  REQUEST_INVALID: "A request parameter is absent or has the wrong form.",
  REQUEST_TYPE_UNSUPPORTED: "The body's media type, character set or encoding is not taken at this address.",
  REQUEST_NOT_FOUND: "There is nothing at this address.",
  REQUEST_CROSS_SITE: "A page of another site asked for a change.",
  REQUEST_HOST_UNKNOWN: "The request names a host that the operator's address is not known as.",
  REQUEST_METHOD_NOT_ALLOWED: "The address does not take this HTTP method.",
  REQUEST_HEADERS_TOO_LARGE: "The address and the headers of the request exceed the limit.",
  REQUEST_TOO_SLOW: "The request was not whole in time.",
  ALERT_UNDELIVERED: "A receiver did not take a notice of alerts; it is sent again.",
  REMOTE_WRITE_UNDELIVERED: "The receiver of remote writes is away or overloaded; samples are sent again.",
  REMOTE_WRITE_MISCONFIGURED:
    "The receiver of remote writes takes nothing: its address or the credentials are wrong; samples wait and are sent again.",
  CDC_SOURCE_UNAVAILABLE: "The database that changes are captured from does not answer, or refuses.",
  CDC_SLOT_LOST: "The replication slot does not go on where the capture stopped; changes in between are gone.",
  CDC_TABLE_REFUSED: "A table cannot be captured: it is not there, or nothing identifies its rows.",
  CDC_PROGRESS_CORRUPT: "The capture's file of progress is damaged or was written by a newer release.",
  CONFIG_INVALID: "A setting is unknown or has a bad value.",
  INPUT_FILE_MISSING: "The input file does not exist or cannot be read.",
  INPUT_FORMAT_INVALID: "The input file does not have the columns of the stated format.",
  FEED_REFUSED: "The product feed as a whole is not plausible (empty, too many bad rows or deletions).",
  CATALOGUE_CONFLICT: "The catalogue's topic has another writer: an import under way, or a captured database.",
  AGENT_CHECKPOINT_CORRUPT: "The agent's file of positions is damaged or was written by a newer release.",
  TOOL_MISSING: "A program that the command needs is not installed, or is too old.",
  SERVER_UNAVAILABLE: "A server that the command needs does not answer.",
  INTERNAL: "A fault of our own; the log line with the same request id tells more.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Named values that say what was involved: a path, a topic, an offset. Never a secret. */
export type ErrorContext = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

export interface AppErrorOptions {
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retriable?: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** The one error type that crosses package borders. `message` says what happened and what to do about it. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.context = options.context ?? {};
  }
}

/** Whether trying the same call again may help. Total: anything that is not an `AppError` is not retriable. */
export function isRetriable(error: unknown): boolean {
  return error instanceof AppError && error.retriable;
}

/** The code of an error, if it has one of ours. */
export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof AppError ? error.code : "INTERNAL";
}
