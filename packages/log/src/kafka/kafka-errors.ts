import { AppError, type ErrorContext } from "@footfall/base";

/** What kafkajs's errors carry; they wrap one another. */
interface KafkaFailure {
  readonly name?: string;
  /** Of a broker's answer, like NOT_LEADER_FOR_PARTITION. */
  readonly type?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

const refusedTypes = new Set([
  "TOPIC_AUTHORIZATION_FAILED",
  "GROUP_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
]);
const tooLargeTypes = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);
const invalidTypes = new Set(["INVALID_TOPIC_EXCEPTION", "INVALID_CONFIG", "INVALID_PARTITIONS"]);
/** The idempotent producer and the broker no longer agree on what was sent. */
const sequenceTypes = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "DUPLICATE_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
  "PRODUCER_FENCED",
]);
const membershipTypes = new Set([
  "REBALANCE_IN_PROGRESS",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "NOT_COORDINATOR_FOR_GROUP",
]);

function chainOf(error: unknown): KafkaFailure[] {
  const chain: KafkaFailure[] = [];
  for (let at = error; typeof at === "object" && at !== null && chain.length < 10; at = (at as KafkaFailure).cause) {
    chain.push(at as KafkaFailure);
  }
  return chain;
}

function hasType(error: unknown, types: ReadonlySet<string>): boolean {
  return chainOf(error).some(({ type }) => type !== undefined && types.has(type));
}

/** kafkajs also calls it a failed login where the connection broke on the way. */
function isRefused(error: unknown): boolean {
  if (hasType(error, refusedTypes)) return true;
  const login = chainOf(error).find(({ name }) => name === "KafkaJSSASLAuthenticationError");
  return login !== undefined && !/connection|connected|timed out/i.test(login.message ?? "");
}

export function isTopicUnknown(error: unknown): boolean {
  if (error instanceof AppError && error.code === "LOG_TOPIC_UNKNOWN") return true;
  return hasType(error, new Set(["UNKNOWN_TOPIC_OR_PARTITION"]));
}

/** The producer cannot go on: only a new one, with a new id, can. */
export function isProducerSpent(error: unknown): boolean {
  if (hasType(error, sequenceTypes)) return true;
  return chainOf(error).some(({ name, message }) => {
    // kafkajs loses its way where its seed broker dies: it reads fields of a broker that it no longer has.
    return name === "TypeError" || /producer is disconnect(ed|ing)/.test(message ?? "");
  });
}

/** The group has moved on without this member, or waits for it: it has to join again. */
export function isOutOfGroup(error: unknown): boolean {
  return hasType(error, membershipTypes);
}

/** Translates what kafkajs throws; ours pass through. `context` says what was asked. */
export function fromKafkaError(cause: unknown, context: ErrorContext): AppError {
  if (cause instanceof AppError) return cause;
  const chain = chainOf(cause);
  const reason = chain.find(({ type }) => type !== undefined)?.message ?? chain[0]?.message ?? String(cause);
  if (isTopicUnknown(cause)) {
    const message = `The topic ${context.topic} does not exist; create it first.`;
    return new AppError("LOG_TOPIC_UNKNOWN", message, { context, cause });
  }
  if (isRefused(cause)) {
    const message = `The broker refuses this client: ${reason}. Check its credentials and access rights.`;
    return new AppError("LOG_UNAVAILABLE", message, { context, cause });
  }
  if (hasType(cause, tooLargeTypes)) {
    const message = `The broker refuses a record as too large: ${reason}. Raise max.message.bytes of the topic.`;
    return new AppError("LOG_RECORD_TOO_LARGE", message, { context, cause });
  }
  if (hasType(cause, invalidTypes)) {
    return new AppError("CONFIG_INVALID", `The broker refuses a setting: ${reason}`, { context, cause });
  }
  if (chain.some(({ name }) => name === "KafkaJSNotImplemented")) {
    const message = `Records are in a form that this client cannot read: ${reason}. Append with gzip or none.`;
    return new AppError("LOG_UNAVAILABLE", message, { context, cause });
  }
  return new AppError("LOG_UNAVAILABLE", `Kafka cannot be reached or cannot serve: ${reason}`, {
    retriable: true,
    context,
    cause,
  });
}
