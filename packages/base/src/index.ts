export { assertInvariant, InvariantError } from "./assert.ts";
export { type BackOff, backOffMs } from "./back-off.ts";
export type { Brand, EventId, ItemId, ModelVersion, RequestId, SessionId, TenantId, VisitorId } from "./brand.ts";
export { type Clock, type ManualClock, manualClock, systemClock } from "./clock.ts";
export { dateOf } from "./date-of.ts";
export {
  AppError,
  type AppErrorOptions,
  type ErrorCode,
  type ErrorContext,
  errorCodeOf,
  errorCodes,
  isRetriable,
} from "./errors.ts";
export { type Random, seededRandom, shuffled } from "./random.ts";
export { isUuid, uuidv7 } from "./uuid.ts";
export { hashUuidWords, readUuidWords } from "./uuid-words.ts";
