import type { Random } from "@footfall/base";
import type { ClickEvent } from "@footfall/events";

/** A product as a shopper sees it. */
export interface ShopItem {
  readonly itemId: string;
  readonly name: string;
  readonly category: string;
  readonly price: number;
  /** Items that the same people look at, most likely first. */
  readonly related: readonly string[];
}

/** Somebody who comes back: one browser with a taste of its own. */
export interface Shopper {
  readonly visitorId: string;
  /** Category of most visits. */
  readonly favourite: string;
}

/** What a shopper sees of the shop: items by category, most popular first, in an order that stays. */
export interface Shelves {
  readonly categories: readonly string[];
  readonly byCategory: ReadonlyMap<string, readonly ShopItem[]>;
  readonly byId: ReadonlyMap<string, ShopItem>;
}

export function arrangeShelves(items: readonly ShopItem[]): Shelves {
  const byCategory = new Map<string, ShopItem[]>();
  for (const item of items) {
    const shelf = byCategory.get(item.category);
    if (shelf) shelf.push(item);
    else byCategory.set(item.category, [item]);
  }
  const byId = new Map(items.map((item) => [item.itemId, item]));
  return { categories: [...byCategory.keys()], byCategory, byId };
}

/** The fields of an event that the shopper decides; whoever walks the visit adds ids and times. */
export type ShopperEvent = Omit<ClickEvent, "eventId" | "visitorId" | "sessionId" | "seq" | "occurredAtMs">;

/** `send` reports an event, `ask` wants recommendations next to an item. `thinkMs` passes before the step. */
export type ShopperStep =
  | { readonly kind: "send"; readonly event: ShopperEvent; readonly thinkMs: number }
  | { readonly kind: "ask"; readonly itemId: string; readonly thinkMs: number };

/** The answer to an `ask`: what the shelf shows, best first. Empty where nobody recommends (simulated history). */
export interface ShelfAnswer {
  readonly requestId: string;
  readonly itemIds: readonly string[];
}

export const similarPlacement = "product-similar";
const currency = "EUR";
const thinkMeanMs = 9_000;
const viewsMax = 14;
const chance = {
  favouriteCategory: 0.75,
  listFirst: 0.6,
  anotherView: 0.8,
  looksAtShelf: 0.5,
  clicksShelf: 0.55,
  relatedNext: 0.75,
  addsToCart: 0.2,
  removesAgain: 0.08,
  checksOut: 0.7,
  buys: 0.75,
} as const;

/**
 * One visit, step by step. Most next items are related to the one before: that is the structure a model can learn.
 * Deterministic for a given `random` and the same answers.
 */
export function* visit(
  shopper: Shopper,
  shelves: Shelves,
  random: Random,
): Generator<ShopperStep, void, ShelfAnswer | undefined> {
  const cart: ShopItem[] = [];
  yield send({ name: "page_view", page_title: "Home" });
  const home = random() < chance.favouriteCategory ? shopper.favourite : pick(shelves.categories, random);
  if (random() < chance.listFirst) yield send(listEvent(home, shelves, random));
  let item = popularItem(shelfOf(shelves, home), random);
  let views = 0;
  for (;;) {
    yield send({ name: "view_item", ...itemFields(item) });
    views += 1;
    if (random() < chance.addsToCart) {
      cart.push(item);
      yield send({ name: "add_to_cart", ...itemFields(item) });
    }
    if (views >= viewsMax || random() >= chance.anotherView) break;
    let next: ShopItem | undefined;
    if (random() < chance.looksAtShelf) {
      const answer = yield { kind: "ask", itemId: item.itemId, thinkMs: 0 };
      const click = answer && random() < chance.clicksShelf ? clickOnShelf(answer, shelves, random) : undefined;
      if (click) {
        yield send(click.event);
        next = click.item;
      }
    }
    item = next ?? nextItem(item, shelves, random);
  }
  yield* payForCart(cart, random);

  function send(event: ShopperEvent): ShopperStep {
    return { kind: "send", event, thinkMs: Math.round(-Math.log(1 - random()) * thinkMeanMs) };
  }

  function* payForCart(items: ShopItem[], draw: Random): Generator<ShopperStep, void, ShelfAnswer | undefined> {
    const dropped = items.length > 0 && draw() < chance.removesAgain ? items.pop() : undefined;
    if (dropped) yield send({ name: "remove_from_cart", ...itemFields(dropped) });
    if (items.length === 0 || draw() >= chance.checksOut) return;
    const order = orderFields(items);
    yield send({ name: "begin_checkout", ...order });
    if (draw() < chance.buys) yield send({ name: "purchase", transaction_id: `o-${hexWord(draw)}`, ...order });
  }
}

function listEvent(category: string, shelves: Shelves, random: Random): ShopperEvent {
  const shown = shelfOf(shelves, category).slice(0, 8);
  const isSearch = random() < 0.2;
  return {
    name: isSearch ? "search" : "view_item_list",
    item_list_id: category,
    ...(isSearch ? { search_term: category.toLowerCase() } : {}),
    items: shown.map((item, index) => ({ item_id: item.itemId, index })),
  };
}

function nextItem(item: ShopItem, shelves: Shelves, random: Random): ShopItem {
  if (random() < chance.relatedNext) {
    const itemId = item.related[fallingPosition(random)];
    const related = itemId === undefined ? undefined : shelves.byId.get(itemId);
    if (related) return related;
  }
  return popularItem(shelfOf(shelves, item.category), random);
}

/** 0, 1, 2, … with a probability that falls off geometrically, as attention does along a row. */
function fallingPosition(random: Random): number {
  return Math.floor(Math.log(1 - random()) / Math.log(0.6));
}

function clickOnShelf(
  answer: ShelfAnswer,
  shelves: Shelves,
  random: Random,
): { readonly event: ShopperEvent; readonly item: ShopItem } | undefined {
  const position = fallingPosition(random);
  const item = shelves.byId.get(answer.itemIds[position] ?? "");
  if (!item) return undefined;
  const recommendation = { requestId: answer.requestId, placement: similarPlacement, position };
  return { event: { name: "select_item", ...itemFields(item), recommendation }, item };
}

function shelfOf(shelves: Shelves, category: string): readonly ShopItem[] {
  return shelves.byCategory.get(category) ?? [];
}

/** Rank r with a probability that falls off as about 1 / (r + 1). */
function popularItem(shelf: readonly ShopItem[], random: Random): ShopItem {
  const rank = Math.min(shelf.length - 1, Math.floor((shelf.length + 1) ** random()) - 1);
  const item = shelf[rank];
  if (!item) throw new RangeError("a shopper needs at least one item in each category");
  return item;
}

function itemFields(item: ShopItem): Pick<ClickEvent, "items" | "currency" | "value"> {
  return { currency, value: item.price, items: [asClickItem(item)] };
}

function orderFields(items: readonly ShopItem[]): Pick<ClickEvent, "items" | "currency" | "value"> {
  const value = Math.round(items.reduce((sum, item) => sum + item.price, 0) * 100) / 100;
  return { currency, value, items: items.map((item, index) => ({ ...asClickItem(item), index })) };
}

function asClickItem(item: ShopItem): NonNullable<ClickEvent["items"]>[number] {
  return { item_id: item.itemId, item_name: item.name, item_category: item.category, price: item.price, quantity: 1 };
}

function pick<T>(choices: readonly T[], random: Random): T {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new RangeError("nothing to choose from");
  return choice;
}

function hexWord(random: Random): string {
  return Math.floor(random() * 4_294_967_296)
    .toString(16)
    .padStart(8, "0");
}
