import { setTimeout as pause } from "node:timers/promises";
import { AppError, backOffMs } from "@footfall/base";

export interface ClientOptions {
  /** `https://user:password@host:9200`; the user may be absent. */
  readonly url: string;
  /** How long to try again while the server is away or overloaded. */
  readonly patienceMs: number;
}

interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

const backOff = { minMs: 100, maxMs: 5_000 };
const requestMaxMs = 60_000;

/** Whether the same request may succeed later. */
export function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Time for tries: one after the other, with growing pauses between them, until patience ends. */
export class Patience {
  readonly #endMs: number;
  #failures = 0;

  constructor(patienceMs: number) {
    this.#endMs = performance.now() + patienceMs;
  }

  /** Pauses before the next try. @throws `INDEX_UNAVAILABLE` where there is to be none */
  async next(reason: string, cause?: unknown): Promise<void> {
    const waitMs = backOffMs(this.#failures++, backOff, Math.random);
    if (performance.now() + waitMs < this.#endMs) return pause(waitMs);
    throw new AppError(
      "INDEX_UNAVAILABLE",
      `OpenSearch cannot store or read: ${reason}. The same call may be repeated.`,
      { retriable: true, context: { reason }, cause },
    );
  }
}

/** Requests to OpenSearch's REST API. Tries again what may pass: an answer of 429 or 5xx, or none. */
export class OpenSearchClient {
  readonly #base: string;
  readonly #authorization: string | undefined;
  readonly #patienceMs: number;

  constructor({ url, patienceMs }: ClientOptions) {
    const { origin, pathname, username, password } = new URL(url);
    this.#base = origin + pathname.replace(/\/$/, "");
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    if (username !== "") this.#authorization = `Basic ${Buffer.from(user).toString("base64")}`;
    this.#patienceMs = patienceMs;
  }

  patience(): Patience {
    return new Patience(this.#patienceMs);
  }

  /**
   * @param body     JSON, or lines of it
   * @param allowed  statuses beside 2xx that are an answer, too
   * @throws `INDEX_UNAVAILABLE`, retriable where the server was away or overloaded
   */
  async request<T>(
    method: string,
    path: string,
    body?: object | string,
    allowed: readonly number[] = [],
  ): Promise<Answer<T>> {
    const patience = this.patience();
    for (;;) {
      let answer: Answer<T>;
      try {
        answer = await this.#once<T>(method, path, body);
      } catch (cause) {
        await patience.next(reasonOf(cause), cause);
        continue;
      }
      const { status } = answer;
      if ((status >= 200 && status < 300) || allowed.includes(status)) return answer;
      const reason = `${method} ${path} was answered ${status} ${JSON.stringify(answer.body).slice(0, 500)}`;
      if (!isPassing(status)) throw new AppError("INDEX_UNAVAILABLE", `OpenSearch refused: ${reason}`);
      await patience.next(reason);
    }
  }

  async #once<T>(method: string, path: string, body: object | string | undefined): Promise<Answer<T>> {
    const response = await fetch(`${this.#base}/${path}`, {
      method,
      headers: {
        "content-type": typeof body === "string" ? "application/x-ndjson" : "application/json",
        ...(this.#authorization && { authorization: this.#authorization }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestMaxMs),
    });
    const text = await response.text();
    // A proxy's refusal need not be JSON.
    if (isPassing(response.status)) return { status: response.status, body: text as T };
    return { status: response.status, body: JSON.parse(text) as T };
  }
}

/** `fetch failed` says little; its cause says more. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
