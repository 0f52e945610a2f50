import type { WindowEvent, WindowItem } from "./window-event.ts";

/** A purchase of an order is a repeat of another this long before it at most: a page that was loaded again. */
export const orderRepeatSpanMs = 7 * 24 * 3_600_000;

/** What of an event tells its order. An `EventEnvelope` has it all. */
export interface OrderEvent extends WindowEvent {
  readonly transaction_id?: string;
}

export interface ObservedOrder<Event> {
  /** The event with the items that count; the same object where all do. */
  readonly event: Event;
  /** Whether a purchase that came earlier and counted until now is a repeat of this one. */
  readonly displaces: boolean;
}

interface Purchase {
  readonly occurredAtMs: number;
  readonly eventId: string;
}

/** Purchases kept of one line; of more than that those between the first and the newest are forgotten. */
const purchasesMax = 32;

/**
 * Recognises purchases that tell of an order line (tenant, transaction, item) once more: sent again with another event
 * id when the shop's thank-you page is loaded again. A line counts unless another purchase of it lies at most
 * `orderRepeatSpanMs` before it, by (time, event id); so which one counts does not depend on the order of arrival. An
 * order whose lines come one by one, in events of their own, counts whole.
 */
export class OrderLines {
  readonly #linesMax: number;
  /** By (time, event id). */
  readonly #lines = new Map<string, Purchase[]>();

  /** @param linesMax  order lines kept; of more than that the one taken in first is forgotten */
  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  get size(): number {
    return this.#lines.size;
  }

  observe<Event extends OrderEvent>(event: Event): ObservedOrder<Event> {
    const { name, tenant, transaction_id: transactionId, items } = event;
    if (name !== "purchase" || !transactionId || !items || items.length === 0) return { event, displaces: false };
    let displaces = false;
    const repeated = new Set<string>();
    for (const itemId of new Set(items.map((item) => item.item_id))) {
      const placed = place(this.#lineOf([tenant, transactionId, itemId].join("\u0000")), event);
      if (placed.isRepeat) repeated.add(itemId);
      displaces ||= placed.displaces;
    }
    if (repeated.size === 0) return { event, displaces };
    return { event: { ...event, items: items.filter((item: WindowItem) => !repeated.has(item.item_id)) }, displaces };
  }

  #lineOf(key: string): Purchase[] {
    const known = this.#lines.get(key);
    if (known) return known;
    const line: Purchase[] = [];
    this.#lines.set(key, line);
    if (this.#lines.size > this.#linesMax) this.#lines.delete(this.#lines.keys().next().value!);
    return line;
  }
}

function place(
  line: Purchase[],
  { occurredAtMs, eventId }: Purchase,
): { readonly isRepeat: boolean; readonly displaces: boolean } {
  const purchase: Purchase = { occurredAtMs, eventId };
  let at = line.length;
  while (at > 0 && isBefore(purchase, line[at - 1]!)) at -= 1;
  const [before, after] = [line[at - 1], line[at]];
  line.splice(at, 0, purchase);
  if (line.length > purchasesMax) line.splice(1, 1);
  return {
    isRepeat: before !== undefined && repeats(purchase, before),
    displaces: after !== undefined && repeats(after, purchase) && !(before !== undefined && repeats(after, before)),
  };
}

function isBefore(a: Purchase, b: Purchase): boolean {
  return a.occurredAtMs !== b.occurredAtMs ? a.occurredAtMs < b.occurredAtMs : a.eventId < b.eventId;
}

/** @param earlier  purchase of the same line, before it */
function repeats(purchase: Purchase, earlier: Purchase): boolean {
  return purchase.occurredAtMs - earlier.occurredAtMs <= orderRepeatSpanMs;
}
