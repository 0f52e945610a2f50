import { describe, expect, it } from "vitest";
import { type ClickEvent, type ClickItem, EventScanner } from "../src/index.ts";

const event = (more: Partial<ClickEvent> = {}): ClickEvent => ({
  eventId: "01a20846-fdf5-708f-809b-909507a16dc5",
  name: "view_item",
  visitorId: "v1",
  sessionId: "s1",
  occurredAtMs: 1,
  ...more,
});
const optional = ["userId", "page_location", "page_title", "search_term", "item_list_id", "currency"] as const;
const texts = {
  userId: "u",
  page_location: "p",
  page_title: "t",
  search_term: "s",
  item_list_id: "l",
  currency: "EUR",
};

/** Another order of fields for each number. */
function shaped(number: number): ClickEvent {
  const left = [...optional];
  const fields: Partial<Record<(typeof optional)[number], string>> = {};
  for (let rest = number; left.length > 0; rest = Math.floor(rest / (left.length + 1))) {
    const [name] = left.splice(rest % left.length, 1);
    fields[name!] = texts[name!];
  }
  return event(fields);
}

const knows = (scanner: EventScanner, sent: ClickEvent): boolean => scanner.scan(JSON.stringify(sent), 0) !== undefined;

describe("the shapes that a scanner learns", () => {
  it("keep those in use when a sender invents one after the other, and take a new one in the end", () => {
    const scanner = new EventScanner();
    scanner.learn(event());
    for (let number = 0; number < 100; number += 1) {
      scanner.learn(shaped(number));
      expect(knows(scanner, event())).toBe(true);
    }
    const late = event({ value: 1 });
    for (let sent = 0; sent < 1_000 && !knows(scanner, late); sent += 1) scanner.learn(late);
    expect(knows(scanner, late)).toBe(true);
    expect(knows(scanner, event())).toBe(true);
  });

  it("are none of an event whose items have many orders of fields", () => {
    const item = (number: number): ClickItem => {
      const { item_id: itemId, ...fields } = { item_id: "i1", price: 1, quantity: 1, index: 1, item_name: "n" };
      const entries = Object.entries(fields);
      const turned = [...entries.slice(number % entries.length), ...entries.slice(0, number % entries.length)];
      const isReversed = number >= entries.length;
      return { item_id: itemId, ...Object.fromEntries(isReversed ? turned.toReversed() : turned) };
    };
    const scanner = new EventScanner();
    const few = event({ items: [0, 1, 2, 3, 0, 1].map(item) });
    const many = event({ items: [0, 1, 2, 3, 4, 5].map(item) });
    scanner.learn(few);
    scanner.learn(many);
    expect(knows(scanner, few)).toBe(true);
    expect(knows(scanner, many)).toBe(false);
  });
});
