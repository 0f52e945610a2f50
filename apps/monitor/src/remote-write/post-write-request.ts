import { AppError, type ErrorCode } from "@footfall/base";
import type { RemoteWriteTarget } from "./remote-write-settings.ts";

/** What a receiver said of a request. Whatever else it says, or does not, is thrown. */
export type WriteAnswer =
  | { readonly kind: "taken" }
  /** None of it, or a part of it, will ever be taken. */
  | { readonly kind: "refused"; readonly words: string }
  /** It may be taken in parts. */
  | { readonly kind: "too large"; readonly error: AppError };

/** Why nothing was taken for now. */
export type UndeliveredReason = "network" | "overloaded" | "server" | "setting";

export interface PostOptions {
  readonly target: RemoteWriteTarget;
  /** For dates in Retry-After. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

const timeoutMs = 30_000;
const retryAfterMaxMs = 3_600_000;
const wordsMax = 300;
/** Prometheus 2.42 answers some samples that it will never take with 500: sent for ever, they would hold up all. */
const refusal = /too old sample|out of order sample|out of bounds|duplicate sample|invalid sample/;

/**
 * Posts a body of remote write 1.0, once.
 * @throws AppError REMOTE_WRITE_UNDELIVERED  the receiver is away or overloaded; retriable
 * @throws AppError REMOTE_WRITE_MISCONFIGURED  it takes nothing of us; retriable, since an operator may mend it
 */
export async function postWriteRequest(
  body: Uint8Array<ArrayBuffer>,
  { target, nowMs, signal }: PostOptions,
): Promise<WriteAnswer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(target.url, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
        "User-Agent": "footfall-monitor",
        ...(target.authorization !== undefined && { Authorization: target.authorization }),
      },
      body,
      // Followed, a POST may become a GET, and credentials go elsewhere.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    text = (await response.text()).trim().slice(0, wordsMax);
  } catch (cause) {
    throw undelivered("network", `${target.url} does not answer: ${reasonOf(cause)}`, { cause });
  }
  return answerOf(response, text, { url: target.url, nowMs });
}

function answerOf(
  { status, ok, headers }: Response,
  text: string,
  { url, nowMs }: { readonly url: string; readonly nowMs: number },
): WriteAnswer {
  if (ok) return { kind: "taken" };
  if (status === 400 || (status >= 500 && refusal.test(text))) return { kind: "refused", words: text || `${status}` };
  const retryAfterMs = retryAfterOf(headers.get("Retry-After"), nowMs);
  const said = `${url} answered ${status}${text === "" ? "" : `: ${text}`}`;
  if (status === 429) throw undelivered("overloaded", said, { retryAfterMs });
  if (status >= 500) throw undelivered("server", said, { retryAfterMs });
  const location = headers.get("Location");
  const elsewhere = location === null ? "" : ` It names ${location}.`;
  const settings = `Mend the settings of remote write (address, credentials); what waits is sent then.${elsewhere}`;
  const error = undelivered("setting", `${said}. ${settings}`, { retryAfterMs });
  if (status === 413) return { kind: "too large", error };
  throw error;
}

function undelivered(
  reason: UndeliveredReason,
  message: string,
  { retryAfterMs, cause }: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown },
): AppError {
  const code: ErrorCode = reason === "setting" ? "REMOTE_WRITE_MISCONFIGURED" : "REMOTE_WRITE_UNDELIVERED";
  return new AppError(code, message, { retriable: true, context: { reason, retryAfterMs }, cause });
}

/** Seconds, or a date (RFC 9110); undefined where it says neither. */
function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), retryAfterMaxMs);
}

/** `fetch failed` says little; its cause says more. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
