import { type TimeWindow, windowAt } from "./time-window.ts";
import type { Observed, WindowEvent } from "./window-event.ts";

/** Length of the windows of table `item_windows`. */
export const windowSizeMs = 60_000;

/**
 * Money is summed in ten-thousandths, as whole numbers: sums are then exact below 2^53 of them (9 · 10^11 units of
 * currency a window) and do not depend on the order of arrival, as sums of fractions would.
 */
export const revenueScale = 10_000;

/** One row of `item_windows`. */
export interface WindowAggregate extends TimeWindow {
  readonly tenant: string;
  readonly itemId: string;
  readonly eventName: string;
  /** Events that named the item; one that names it twice counts once. */
  readonly events: number;
  readonly visitors: number;
  readonly sessions: number;
  /** Sum of quantities, 1 where none is given. */
  readonly quantity: number;
  /** Sum of price × quantity, each rounded to 1 / `revenueScale`; 0 where no price is given. */
  readonly revenue: number;
}

export interface TumblingWindowsOptions {
  /** Windows that end at or before it are closed already. -Infinity: none. */
  readonly watermarkMs: number;
  /** Rows held at most; beyond it the oldest windows close early, and what comes later for them is late. */
  readonly openAggregatesMax: number;
}

interface OpenAggregate {
  readonly tenant: string;
  readonly itemId: string;
  readonly eventName: string;
  events: number;
  quantity: number;
  revenueUnits: number;
  readonly visitors: DistinctCount;
  readonly sessions: DistinctCount;
}

/** Minute windows per tenant, item and event name. */
export class TumblingWindows {
  readonly #openAggregatesMax: number;
  /** By window start, then by key. */
  readonly #windows = new Map<number, Map<string, OpenAggregate>>();
  #watermarkMs: number;
  #openAggregates = 0;

  constructor(options: TumblingWindowsOptions) {
    this.#openAggregatesMax = options.openAggregatesMax;
    this.#watermarkMs = options.watermarkMs;
  }

  /** Windows that end at or before it have closed. */
  get watermarkMs(): number {
    return this.#watermarkMs;
  }

  get openWindows(): number {
    return this.#windows.size;
  }

  get openAggregates(): number {
    return this.#openAggregates;
  }

  /** Counts the event in its window, unless that has closed. Events without items belong to none. */
  observe(event: WindowEvent): Observed {
    const { items } = event;
    if (items === undefined || items.length === 0) return "open";
    const { startMs, endMs } = windowAt(event.occurredAtMs, windowSizeMs);
    if (endMs <= this.#watermarkMs) return "late";
    let window = this.#windows.get(startMs);
    if (!window) this.#windows.set(startMs, (window = new Map()));
    for (let index = 0; index < items.length; index += 1) {
      const { item_id: itemId, price, quantity = 1 } = items[index]!;
      const aggregate = this.#aggregate(window, event, itemId);
      aggregate.quantity += quantity;
      if (price !== undefined) aggregate.revenueUnits += revenueUnits(price, quantity);
      const isRepeated = index > 0 && items.findIndex((item) => item.item_id === itemId) < index;
      if (!isRepeated) aggregate.events += 1;
      aggregate.visitors.add(event.visitorId);
      aggregate.sessions.add(event.sessionId);
    }
    return "open";
  }

  /**
   * Closes the windows that end at or before the watermark and returns their rows, oldest window first.
   * More than `openAggregatesMax` open rows close the oldest windows early; `watermarkMs` then moves past them.
   */
  closeReady(watermarkMs: number): WindowAggregate[] {
    this.#watermarkMs = Math.max(this.#watermarkMs, watermarkMs);
    const rows: WindowAggregate[] = [];
    for (const startMs of [...this.#windows.keys()].sort((a, b) => a - b)) {
      const isFull = this.#openAggregates > this.#openAggregatesMax;
      if (startMs + windowSizeMs > this.#watermarkMs && !isFull) break;
      this.#close(startMs, rows);
    }
    return rows;
  }

  #close(startMs: number, rows: WindowAggregate[]): void {
    const window = this.#windows.get(startMs)!;
    const endMs = startMs + windowSizeMs;
    for (const aggregate of window.values()) {
      rows.push({
        startMs,
        endMs,
        tenant: aggregate.tenant,
        itemId: aggregate.itemId,
        eventName: aggregate.eventName,
        events: aggregate.events,
        visitors: aggregate.visitors.size,
        sessions: aggregate.sessions.size,
        quantity: aggregate.quantity,
        revenue: aggregate.revenueUnits / revenueScale,
      });
    }
    this.#windows.delete(startMs);
    this.#openAggregates -= window.size;
    this.#watermarkMs = Math.max(this.#watermarkMs, endMs);
  }

  #aggregate(window: Map<string, OpenAggregate>, { tenant, name }: WindowEvent, itemId: string): OpenAggregate {
    // Ids hold no control characters, so the parts cannot run into one another.
    const key = `${itemId}\u0000${name}\u0000${tenant}`;
    let aggregate = window.get(key);
    if (!aggregate) {
      aggregate = {
        tenant,
        itemId,
        eventName: name,
        events: 0,
        quantity: 0,
        revenueUnits: 0,
        visitors: new DistinctCount(),
        sessions: new DistinctCount(),
      };
      window.set(key, aggregate);
      this.#openAggregates += 1;
    }
    return aggregate;
  }
}

/** Counts distinct values. Most windows see one visitor of an item, so the set is made for the second only. */
class DistinctCount {
  #first: string | undefined;
  #values: Set<string> | undefined;

  add(value: string): void {
    if (this.#values) this.#values.add(value);
    else if (this.#first === undefined) this.#first = value;
    else if (this.#first !== value) this.#values = new Set([this.#first, value]);
  }

  get size(): number {
    return this.#values?.size ?? (this.#first === undefined ? 0 : 1);
  }
}

/** price × quantity in units of 1 / `revenueScale`, halves rounded away from zero, as SQL's `round` does. */
function revenueUnits(price: number, quantity: number): number {
  const units = price * quantity * revenueScale;
  return units < 0 ? -Math.round(-units) : Math.round(units);
}
