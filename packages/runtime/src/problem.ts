import type { ServerResponse } from "node:http";
import { AppError, type ErrorCode, errorCodes, isRetriable } from "@footfall/base";

/** HTTP status per error code; a code that is not here is a 500. */
const statusByCode: Partial<Record<ErrorCode, number>> = {
  EVENT_BODY_MALFORMED: 400,
  EVENT_BODY_TOO_LARGE: 413,
  EVENT_BATCH_EMPTY: 400,
  EVENT_BATCH_TOO_LONG: 413,
  EVENT_TOO_LARGE: 413,
  EVENT_FIELD_MISSING: 400,
  EVENT_FIELD_INVALID: 400,
  EVENT_FIELD_UNKNOWN: 400,
  EVENT_NAME_UNKNOWN: 400,
  EVENT_TIME_TOO_OLD: 400,
  EVENT_TIME_IN_FUTURE: 400,
  EVENT_KEY_INVALID: 401,
  EVENT_ORIGIN_FORBIDDEN: 403,
  EVENT_QUOTA_EXCEEDED: 429,
  LOG_OVERLOADED: 503,
  LOG_UNAVAILABLE: 503,
  LAKE_UNAVAILABLE: 503,
  LAKE_TABLE_UNKNOWN: 404,
  LAKE_VERSION_UNKNOWN: 404,
  MODEL_NOT_FOUND: 404,
  REQUEST_INVALID: 400,
  REQUEST_TYPE_UNSUPPORTED: 415,
  REQUEST_NOT_FOUND: 404,
  REQUEST_CROSS_SITE: 403,
  REQUEST_HOST_UNKNOWN: 421,
  REQUEST_METHOD_NOT_ALLOWED: 405,
  REQUEST_HEADERS_TOO_LARGE: 431,
  REQUEST_TOO_SLOW: 408,
};

/** RFC 9457 problem details, with our code beside the standard members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly field?: string;
}

/**
 * The problem that answers an error. A fault of ours (5xx) tells nothing of its inside, such as paths and addresses:
 * the caller logs the error.
 */
export function problemOf(error: unknown): Problem {
  const code: ErrorCode = error instanceof AppError ? error.code : "INTERNAL";
  const status = statusByCode[code] ?? (isRetriable(error) ? 503 : 500);
  const head = { type: `urn:footfall:error:${code}`, title: errorCodes[code], status };
  if (!(error instanceof AppError) || status >= 500) {
    const advice = status === 503 ? " Send the request again after Retry-After." : "";
    return { ...head, detail: `${errorCodes[code]}${advice}`, code };
  }
  const { field } = error.context;
  return { ...head, detail: error.message, code, ...(typeof field === "string" ? { field } : {}) };
}

/** Answers with problem+json; a 503 or 429 says when to come back. Does nothing when the answer has already begun. */
export function sendProblem(response: ServerResponse, error: unknown, retryAfterSeconds = 1): Problem {
  const problem = problemOf(error);
  if (response.headersSent || response.destroyed) return problem;
  const body = Buffer.from(JSON.stringify(problem));
  response.statusCode = problem.status;
  response.setHeader("Content-Type", "application/problem+json");
  response.setHeader("Content-Length", body.length);
  if (problem.status === 503 || problem.status === 429) response.setHeader("Retry-After", retryAfterSeconds);
  response.end(body);
  return problem;
}
