import { setTimeout as delay } from "node:timers/promises";
import { AppError, type Clock, type ErrorCode, errorCodes, type Random } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";

export interface CollectorClientOptions {
  /** Base address, without a slash at the end. */
  readonly url: string;
  readonly key: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether the events are dead letters already: what is refused again is then not kept once more. */
  readonly isRedrive?: boolean;
  /** Tries of one batch before it is given up. Default 12: about two minutes. */
  readonly attemptsMax?: number;
  /** Called before each wait, so that a person sees why nothing moves. */
  readonly onRetry?: (reason: string, waitMs: number) => void;
  /** Ends waits and requests early. */
  readonly signal?: AbortSignal;
}

/**
 * Posts one batch to the collector and returns a receipt per event, in order. Waits and tries again on 503, 429 and
 * connection errors.
 * @throws AppError SERVER_UNAVAILABLE when the tries are used up, or the refusal's own code
 */
export type SendBatch = (events: readonly unknown[]) => Promise<readonly EventReceipt[]>;

const backOffBaseMs = 250;
const backOffMaxMs = 15_000;

export function createCollectorClient(options: CollectorClientOptions): SendBatch {
  const { url, key, clock, random, isRedrive, attemptsMax = 12, signal } = options;
  const redrive = isRedrive === true ? { redrive: true } : {};
  return async (events) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await post(
        `${url}/v1/events`,
        JSON.stringify({ key, sentAtMs: clock(), ...redrive, events }),
        signal,
      );
      if (outcome.receipts) {
        if (outcome.receipts.length === events.length) return outcome.receipts;
        throw new AppError("SERVER_UNAVAILABLE", `${url} answered without a receipt per event; is it a collector?`);
      }
      if (!outcome.isRetriable || signal?.aborted) throw outcome.error;
      if (attempt >= attemptsMax) throw outcome.error;
      const backOffMs = Math.min(backOffMaxMs, backOffBaseMs * 2 ** attempt) * (0.5 + random() / 2);
      const waitMs = Math.round(outcome.retryAfterMs ?? backOffMs);
      options.onRetry?.(outcome.error.message, waitMs);
      await sleep(waitMs, signal);
    }
  };
}

interface Outcome {
  readonly receipts?: readonly EventReceipt[];
  readonly error: AppError;
  readonly isRetriable: boolean;
  readonly retryAfterMs?: number;
}

async function post(address: string, body: string, signal: AbortSignal | undefined): Promise<Outcome> {
  let response: Response;
  let text: string;
  const request = requestSignal(signal);
  try {
    const headers = { "Content-Type": "application/json" };
    response = await fetch(address, { method: "POST", headers, body, signal: request.signal });
    text = await response.text();
  } catch (cause) {
    const reason = causeOf(cause);
    const error = new AppError("SERVER_UNAVAILABLE", `${address} does not answer (${reason}).`, { cause });
    return { error, isRetriable: true };
  } finally {
    request.end();
  }
  const answer = parseAnswer(text);
  const code = isErrorCode(answer?.code) ? answer.code : "SERVER_UNAVAILABLE";
  const detail = answer?.detail ?? text.slice(0, 200);
  const error = new AppError(code, `${address} answered ${response.status}: ${detail}`);
  if (response.ok && Array.isArray(answer?.receipts)) return { receipts: answer.receipts, error, isRetriable: false };
  const retryAfterSeconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    error,
    isRetriable: response.status === 503 || response.status === 429,
    ...(Number.isFinite(retryAfterSeconds) ? { retryAfterMs: retryAfterSeconds * 1_000 } : {}),
  };
}

function parseAnswer(text: string): { receipts?: EventReceipt[]; code?: unknown; detail?: string } | undefined {
  try {
    return JSON.parse(text) as { receipts?: EventReceipt[]; code?: unknown; detail?: string };
  } catch {
    return undefined;
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && code in errorCodes;
}

/** `fetch` hides what happened (`ECONNREFUSED`, …) in the cause of its error. */
export function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}

/** Ends early, and quietly, with the signal. */
async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal && { signal }).catch(() => {});
}

/**
 * A signal for one request, and its end: `fetch` lets go of a signal's listeners only when the garbage is collected,
 * and the caller's signal lives through thousands of requests.
 */
function requestSignal(signal: AbortSignal | undefined): { readonly signal: AbortSignal; readonly end: () => void } {
  const request = new AbortController();
  const abort = (): void => request.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  return { signal: request.signal, end: () => signal?.removeEventListener("abort", abort) };
}
