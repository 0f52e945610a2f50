import { AppError } from "@footfall/base";
import type { Purchase } from "./purchase.ts";

/** Order services by their addresses. */
export interface OrderRoute {
  /** Whose word counts. */
  readonly serving: string;
  /** Is told the same afterwards; what it answers changes nothing for the shop. */
  readonly shadow?: string;
}

const timeoutMs = 10_000;
/** Purchases that wait for the shadow; beyond, it is not told. */
const waitingMax = 256;

/** The shop's way to its order service, which can be changed while it sells. */
export class OrderRouter {
  route: OrderRoute;
  /** Purchases that the shadow was not told of, or refused. */
  shadowFailures = 0;
  readonly #waiting = new Set<Promise<void>>();

  constructor(route: OrderRoute) {
    this.route = route;
  }

  /** @throws AppError SERVER_UNAVAILABLE (retriable): the serving service has not taken it */
  async place(purchase: Purchase): Promise<void> {
    const { serving, shadow } = this.route;
    await post(serving, purchase, {});
    if (shadow === undefined) return;
    if (this.#waiting.size >= waitingMax) {
      this.shadowFailures += 1;
      return;
    }
    const told = post(shadow, purchase, { "x-footfall-shadow": "right" })
      .catch(() => void (this.shadowFailures += 1))
      .finally(() => this.#waiting.delete(told));
    this.#waiting.add(told);
  }

  /** Resolves when the shadow has been told of all that was placed so far. */
  async settled(): Promise<void> {
    await Promise.all(this.#waiting);
  }
}

async function post(url: string, purchase: Purchase, headers: Readonly<Record<string, string>>): Promise<void> {
  const fail = (what: string, cause?: unknown): never => {
    throw new AppError("SERVER_UNAVAILABLE", `The order service ${url} ${what}.`, { retriable: true, cause });
  };
  const response = await fetch(`${url}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(purchase),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => fail("does not answer", cause));
  const text = await response.text();
  if (response.status !== 201) fail(`answered ${response.status}: ${text.slice(0, 200)}`);
}
