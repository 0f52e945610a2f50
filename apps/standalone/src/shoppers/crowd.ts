import { type Clock, type Random, uuidv7 } from "@footfall/base";
import type { ClickEvent } from "@footfall/events";
import { type ShelfAnswer, type Shelves, type Shopper, visit } from "./visit.ts";

export interface CrowdOptions {
  readonly shoppers: readonly Shopper[];
  readonly shelves: Shelves;
  /** Shoppers in the shop at the same time. */
  readonly size: number;
  /** Multiplies the time a shopper thinks; 0.3 makes a demo lively. */
  readonly thinkScale: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Reports one event over HTTP, as the tracker does. */
  readonly send: (event: ClickEvent) => Promise<void>;
  /** Asks for the shelf next to an item over HTTP. */
  readonly recommend: (visitorId: string, itemId: string) => Promise<ShelfAnswer | undefined>;
  /** A failed call; the shopper goes on with the next step. */
  readonly onError: (error: unknown) => void;
  /** Longest time a shopper leaves between two visits. */
  readonly pauseMaxMs: number;
}

export interface Crowd {
  /** Sends every shopper home; resolves when the last call under way is answered. */
  stop(): Promise<void>;
}

/** Lets shoppers walk the shop until it is told to stop. */
export function startCrowd(options: CrowdOptions): Crowd {
  const { shoppers, shelves, clock, random, thinkScale } = options;
  const wakers = new Set<() => void>();
  let isOpen = true;

  function pause(ms: number): Promise<void> {
    if (!isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      wakers.add(wake);
    });
  }

  async function walk(shopper: Shopper): Promise<void> {
    const steps = visit(shopper, shelves, random);
    const sessionId = uuidv7(clock(), random);
    let seq = 0;
    let answer: ShelfAnswer | undefined;
    while (isOpen) {
      const { value: step, done } = steps.next(answer);
      if (done) return;
      answer = undefined;
      await pause(step.thinkMs * thinkScale);
      if (!isOpen) return;
      try {
        if (step.kind === "ask") {
          answer = await options.recommend(shopper.visitorId, step.itemId);
          continue;
        }
        seq += 1;
        const occurredAtMs = clock();
        const { visitorId } = shopper;
        const eventId = uuidv7(occurredAtMs, random);
        await options.send({ eventId, visitorId, sessionId, seq, occurredAtMs, ...step.event });
      } catch (error) {
        if (isOpen) options.onError(error);
      }
    }
  }

  async function walkForever(): Promise<void> {
    while (isOpen) {
      await pause(random() * options.pauseMaxMs);
      const shopper = shoppers[Math.floor(random() * shoppers.length)];
      if (!shopper) return;
      await walk(shopper);
    }
  }

  const walks = Array.from({ length: options.size }, walkForever);
  return {
    async stop() {
      isOpen = false;
      for (const wake of wakers) wake();
      await Promise.all(walks);
    },
  };
}
