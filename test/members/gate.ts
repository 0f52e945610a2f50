import type { Lake, TableSchema } from "@footfall/lake";
import type { EventLog, SubscribeOptions, Subscription } from "@footfall/log";

/**
 * Stands between a member and everything outside it. While it is closed, no call gets through and no answer comes back,
 * as for a process that is stopped: what was under way happens, but the member does not hear of it.
 */
export class Gate {
  #closed: PromiseWithResolvers<void> | undefined;
  #closesAfter: { calls: number; readonly method: string | undefined } | undefined;
  readonly #listeners: ((isClosed: boolean) => void)[] = [];

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  onChange(listener: (isClosed: boolean) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#closesAfter = undefined;
    if (this.#closed) return;
    this.#closed = withResolvers();
    this.#closed.promise.catch(() => {}); // told to whoever waits, if anybody does
    this.#tell(true);
  }

  /** Closes by itself when so many more times a call was made or answered; of one method only where it is named. */
  closeAfter(calls: number, method?: string): void {
    this.#closesAfter = { calls, method };
  }

  open(): void {
    this.#closesAfter = undefined;
    this.#closed?.resolve();
    this.#closed = undefined;
    this.#tell(false);
  }

  /** Lets everything that waits here fail, and all that comes: so that a dead member can be cleared away. */
  break(): void {
    this.close();
    this.#closed!.reject(new Error("this member is dead"));
    this.#tell(false);
  }

  async through<T>(method: string, call: () => T | Promise<T>): Promise<T> {
    await this.#pass(method);
    try {
      return await call();
    } finally {
      await this.#pass(method);
    }
  }

  async #pass(method: string): Promise<void> {
    const due = this.#closesAfter;
    if (due && (due.method ?? method) === method && due.calls-- <= 0) this.close();
    while (this.#closed) await this.#closed.promise;
  }

  #tell(isClosed: boolean): void {
    for (const listener of this.#listeners) listener(isClosed);
  }
}

/** The log as a member behind the gate has it: its calls, and what the log calls in it. */
export function gatedLog(
  log: EventLog,
  gate: Gate,
  onSubscribed: (subscription: Subscription, options: SubscribeOptions) => void,
): EventLog {
  return behind(log, gate, {
    async *read(range) {
      await gate.through("read", () => {});
      for await (const batch of log.read(range)) {
        await gate.through("read", () => {});
        yield batch;
      }
    },
    subscribe: (options) =>
      gate.through("subscribe", async () => {
        const subscription = await log.subscribe(behind(options, gate));
        onSubscribed(subscription, options);
        return subscription;
      }),
  });
}

export function gatedLake(lake: Lake, gate: Gate): Lake {
  const table = async (schema: TableSchema) => behind(await gate.through("table", () => lake.table(schema)), gate);
  return behind(lake, gate, { table });
}

/** The object with all its methods through the gate, whichever they are, but for `own` ones. */
function behind<T extends object>(target: T, gate: Gate, own: Partial<T> = {}): T {
  return new Proxy(target, {
    get(_target, name) {
      const replaced: unknown = Reflect.get(own, name);
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) =>
        gate.through(String(name), () => Reflect.apply(value, target, values) as Promise<unknown>);
    },
  });
}

/** Node 20 lacks `Promise.withResolvers`. */
interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
}

function withResolvers(): PromiseWithResolvers<void> {
  let resolve!: () => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<void>((onDone, onFailed) => {
    resolve = onDone;
    reject = onFailed;
  });
  return { promise, resolve, reject };
}
