import type { ClickItem, EventName } from "@footfall/events";
import type { EventFields } from "../numberer.ts";
import type { Tracker } from "../tracker.ts";

/**
 * What a shop writes into its HTML instead of code:
 *   data-footfall-item="id"      on an item's card or button; beside it -name -brand -category -price -quantity -index
 *   data-footfall-event="name"   on a button or link: a click sends that event with the item around it
 *   data-rec-request, -placement on a shelf: the recommender's `requestId` and where the shelf stands
 *   data-rec-position            on an item of a shelf, from 0
 * A click on a link inside an item without an event of its own is `select_item`; a shelf that comes into view is
 * `view_item_list`, once an answer.
 */
export function trackDataAttributes(tracker: Tracker, currency: string | undefined): void {
  const onClick = (event: Event) => {
    const target = event.target as Element | null;
    const named = target?.closest?.<HTMLElement>("[data-footfall-event]");
    const origin = named ?? target?.closest?.<HTMLElement>("[data-footfall-item] a, a[data-footfall-item]");
    const card = origin?.closest<HTMLElement>("[data-footfall-item]");
    if (!origin || (!card && !named)) return;
    tracker.track((named?.dataset.footfallEvent ?? "select_item") as EventName, {
      ...(currency && { currency }),
      ...(card && { items: [itemOf(card)] }),
      ...shelfFields(origin.closest<HTMLElement>("[data-rec-request]"), card),
    });
  };
  addEventListener("click", onClick, true);
  addEventListener("auxclick", onClick, true);
  if (typeof IntersectionObserver !== "undefined") trackShelves(tracker, currency);
}

/** A quarter in view: a shelf on a phone is often taller than the screen. */
const shelfShareInView = 0.25;

function trackShelves(tracker: Tracker, currency: string | undefined): void {
  const seen = new WeakMap<Element, string>();
  const inView = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const shelf = target as HTMLElement;
        const cards = Array.from(shelf.querySelectorAll<HTMLElement>("[data-footfall-item]"));
        if (!isIntersecting || cards.length === 0) continue;
        inView.unobserve(shelf);
        tracker.track("view_item_list", {
          ...(currency && { currency }),
          items: cards.map(itemOf),
          ...shelfFields(shelf),
        });
      }
    },
    { threshold: shelfShareInView },
  );

  function findShelves(): void {
    document.querySelectorAll<HTMLElement>("[data-rec-request]").forEach((shelf) => {
      const request = shelf.dataset.recRequest as string;
      if (seen.get(shelf) === request) return;
      seen.set(shelf, request);
      inView.unobserve(shelf);
      inView.observe(shelf);
    });
  }

  new MutationObserver(findShelves).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-rec-request"],
  });
  findShelves();
}

function shelfFields(shelf: HTMLElement | null, card?: HTMLElement | null): EventFields {
  const { recRequest: requestId, recPlacement: placement } = shelf?.dataset ?? {};
  if (!requestId || !placement) return {};
  const position = numberOf(card?.dataset.recPosition);
  return {
    item_list_id: placement,
    recommendation: { requestId, placement, ...(position !== undefined && { position }) },
  };
}

function itemOf(card: HTMLElement): ClickItem {
  const { dataset } = card;
  const item: ClickItem = { item_id: dataset.footfallItem as string };
  for (const field of ["name", "brand", "category"] as const) {
    const value = dataset[`footfall${field[0]!.toUpperCase()}${field.slice(1)}`];
    if (value) item[`item_${field}`] = value;
  }
  const numbers = { price: dataset.footfallPrice, quantity: dataset.footfallQuantity };
  for (const field of ["price", "quantity"] as const) {
    const value = numberOf(numbers[field]);
    if (value !== undefined) item[field] = value;
  }
  const index = numberOf(dataset.footfallIndex ?? dataset.recPosition);
  if (index !== undefined) item.index = index;
  return item;
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text || NaN);
  return Number.isFinite(value) ? value : undefined;
}
