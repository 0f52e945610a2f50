import { type CatalogueChange, type CatalogueItem, type Filter } from "@footfall/catalogue";
import { DeniedItems, recommend, ServedModel, TrendingItems, VisitorHistory } from "@footfall/similarity/serving";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { smallModel } from "../../../packages/similarity/test/serving/small-model.ts";
import { TenantCatalogue } from "../src/catalogue/tenant-catalogue.ts";
import type { Placement } from "../src/placements/placement.ts";
import { rankingRules } from "../src/request/ranking-rules.ts";
import type { RequestedRules } from "../src/request/requested-rules.ts";

const numRuns = Number(process.env["FC_RUNS"] ?? 400);
const nowMs = 1_700_000_000_000;
const dayMs = 86_400_000;
const ids = "abcdefghijklmnop".split("");
const anyId = fc.constantFrom(...ids);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const categories = ["Clothes", "Clothes > Shirts", "Clothes > Shirts > Linen", "Clothespins", "Toys"];
const brands = ["acme", "bolt"];
const colors = ["red", "blue", "7"];

const anyItem: fc.Arbitrary<CatalogueItem> = fc
  .record({
    itemId: anyId,
    brand: maybe(fc.constantFrom(...brands)),
    category: maybe(fc.constantFrom(...categories)),
    price: maybe(fc.integer({ min: 0, max: 9 })),
    salePrice: maybe(fc.integer({ min: 0, max: 9 })),
    inStock: maybe(fc.boolean()),
    color: maybe(fc.oneof(fc.constantFrom(...colors), fc.constant(7), fc.uniqueArray(fc.constantFrom(...colors)))),
  })
  .map(({ color, ...fields }) => {
    const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    return { ...told, attributes: color === undefined ? {} : { color } } as unknown as CatalogueItem;
  });
const anyChange: fc.Arbitrary<CatalogueChange> = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: anyItem.map((item) => ({ is: "item" as const, item })) },
      { weight: 3, arbitrary: anyId.map((itemId) => ({ is: "delete" as const, itemId })) },
      { weight: 1, arbitrary: fc.constant({ is: "truncate" as const }) },
    ),
    fc.integer({ min: 0, max: 60 }),
  )
  .map(([change, lsn]) => ({ ...change, position: { lsn: BigInt(lsn), index: 0 } }) as CatalogueChange);

const { filter: anyFilter } = fc.letrec<{ filter: Filter; term: Filter }>((tie) => ({
  term: fc.oneof(
    fc.boolean().map((is): Filter => ({ field: "inStock", is })),
    fc.subarray(brands, { minLength: 1 }).map((values): Filter => ({ field: "brand", in: values })),
    fc
      .subarray(categories, { minLength: 1, maxLength: 2 })
      .map((values): Filter => ({ field: "category", in: values })),
    fc.subarray(colors, { minLength: 1 }).map((values): Filter => ({ field: "attr.color", in: values })),
    fc
      .tuple(fc.constantFrom("price", "attr.color"), fc.integer({ min: 0, max: 9 }))
      .map(([field, min]): Filter => ({ field, min })),
    fc.integer({ min: 0, max: 9 }).map((max): Filter => ({ field: "price", max })),
  ),
  filter: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("term"),
    fc.array(tie("filter"), { minLength: 1, maxLength: 3 }).map((all): Filter => ({ all })),
    fc.array(tie("filter"), { minLength: 1, maxLength: 3 }).map((any): Filter => ({ any })),
    tie("filter").map((not): Filter => ({ not })),
  ),
}));

const anyModel = fc.uniqueArray(anyId, { minLength: 1 }).chain((known) =>
  fc
    .array(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...known), fc.integer({ min: 1, max: 99 })), { selector: (p) => p[0] }),
      {
        minLength: known.length,
        maxLength: known.length,
      },
    )
    .map((lists) =>
      smallModel(
        Object.fromEntries(
          known.map((id, at) => [id, lists[at]!.filter(([o]) => o !== id).map(([o, s]) => [o, s / 100] as const)]),
        ),
      ),
    ),
);
const cap = maybe(fc.integer({ min: 1, max: 3 }));
const setting = fc.record({
  changes: fc.array(anyChange, { maxLength: 60 }),
  later: fc.array(anyChange, { maxLength: 10 }),
  absent: fc.constantFrom("allow" as const, "forbid" as const),
  itemsMax: fc.constantFrom(1_000_000, 8),
  model: maybe(anyModel),
  clicks: fc.array(
    fc.record({ itemId: anyId, agoMinutes: fc.integer({ min: 0, max: 5_000 }), weight: fc.constantFrom(1, 3, 5) }),
    { maxLength: 20 },
  ),
  trends: fc.array(anyId, { maxLength: 12 }),
  exclude: fc.array(anyId, { maxLength: 4 }),
  itemId: maybe(anyId),
  limit: fc.integer({ min: 1, max: 12 }),
  own: fc.record({
    filter: maybe(anyFilter),
    excludeSeen: maybe(fc.boolean()),
    excludePurchased: maybe(fc.boolean()),
    perCategory: cap,
    perBrand: cap,
    diversity: maybe(fc.constantFrom(0, 0.3, 1)),
  }),
  placement: maybe(
    fc.record({
      filter: maybe(anyFilter),
      denied: fc.array(anyId, { maxLength: 4 }),
      pins: fc.uniqueArray(fc.record({ itemId: anyId, position: fc.integer({ min: 1, max: 12 }) }), {
        maxLength: 3,
        selector: (pin) => pin.position,
      }),
      boosts: fc.array(fc.record({ filter: anyFilter, factor: fc.constantFrom(0.5, 3) }), { maxLength: 2 }),
      perCategory: cap,
      excludeSeen: fc.boolean(),
    }),
  ),
});
type Given = typeof setting extends fc.Arbitrary<infer Value> ? Value : never;

/** Says what holds of an item by reading it, value by value; shares nothing with the compiled filters. */
function holds(filter: Filter, item: CatalogueItem): boolean {
  if ("all" in filter) return filter.all.every((part) => holds(part, item));
  if ("any" in filter) return filter.any.some((part) => holds(part, item));
  if ("not" in filter) return !holds(filter.not, item);
  if ("is" in filter) return item.inStock === filter.is;
  const { color } = item.attributes;
  const values = filter.field === "attr.color" ? [color ?? []].flat().map(String) : [];
  if ("in" in filter) {
    if (filter.field === "brand") return filter.in.includes(item.brand ?? "");
    if (filter.field === "attr.color") return values.some((value) => filter.in.includes(value));
    return filter.in.some((path) => item.category === path || item.category?.startsWith(`${path} > `) === true);
  }
  const number =
    filter.field === "price" ? (item.salePrice ?? item.price) : values.length === 1 ? Number(values[0]) : NaN;
  if (number === undefined || Number.isNaN(number)) return false;
  return number >= (filter.min ?? -Infinity) && number <= (filter.max ?? Infinity);
}

/** The items that are left when changes are applied by position, as a fold over a map. */
function foldChanges(changes: readonly CatalogueChange[]): Map<string, CatalogueItem> {
  const last = new Map<string, { lsn: bigint; item: CatalogueItem | undefined }>();
  let truncatedAt = -1n;
  for (const change of changes) {
    const { lsn } = change.position;
    if (lsn < truncatedAt) continue;
    if (change.is === "truncate") {
      truncatedAt = lsn;
      for (const held of last.values()) if (held.lsn < lsn) held.item = undefined;
      continue;
    }
    const itemId = change.is === "item" ? change.item.itemId : change.itemId;
    const held = last.get(itemId);
    if (held && lsn < held.lsn) continue;
    last.set(itemId, { lsn, item: change.is === "item" ? change.item : undefined });
  }
  return new Map([...last].flatMap(([id, { item }]) => (item ? [[id, item] as const] : [])));
}

function askedBy(given: Given) {
  const { own, placement } = given;
  const filters = [own.filter, placement?.filter].filter((filter) => filter !== undefined);
  const caps = {
    category: own.perCategory ?? placement?.perCategory ?? Infinity,
    brand: own.perBrand ?? Infinity,
  };
  return { filters, caps, excludeSeen: own.excludeSeen ?? placement?.excludeSeen ?? false };
}

function placementOf(given: Given): Placement | undefined {
  if (!given.placement) return undefined;
  const { filter, denied, pins, boosts, perCategory, excludeSeen } = given.placement;
  return {
    id: "p",
    excludeSeen,
    pins,
    boosts,
    denied: new DeniedItems(denied),
    ...(filter && { filter: { filter, key: "p" } }),
    ...(perCategory !== undefined && { perCategory }),
  };
}

function answering(given: Given) {
  const catalogue = new TenantCatalogue(given.absent, { catalogueItemsMax: given.itemsMax });
  const history = new VisitorHistory();
  for (const { itemId, agoMinutes, weight } of given.clicks) {
    const atMs = nowMs - agoMinutes * 60_000;
    history.observe({ visitorId: "v", itemId, weight, isPurchase: weight === 5, atMs });
  }
  const trending = new TrendingItems();
  for (const itemId of given.trends) trending.observe(itemId, 1, nowMs, nowMs);
  const served = new ServedModel(given.model);
  const placement = placementOf(given);
  const { filter, ...plain } = given.own;
  const own = { ...plain, ...(filter && { filter: { key: JSON.stringify(filter), read: () => filter } }) };
  const answer = () => {
    const rules = rankingRules(own as RequestedRules, placement, catalogue, given.model);
    const { limit, exclude, itemId } = given;
    const request = { requestId: "r", placement: "p", visitorId: "v", limit, exclude, nowMs };
    const response = recommend(
      served,
      { ...request, ...(itemId === undefined ? {} : { itemId }), ...(rules && { rules }) },
      { history, trending },
    );
    return response;
  };
  const touches = history.find("v")?.touches ?? [];
  return { catalogue, answer, touches };
}

/** Whatever forbids an item, and everything that could be in the answer, worked out item by item. */
function expected(
  given: Given,
  items: ReadonlyMap<string, CatalogueItem>,
  touches: ReturnType<typeof answering>["touches"],
) {
  const { filters, excludeSeen } = askedBy(given);
  const forbidden = new Set([...given.exclude, ...(given.placement?.denied ?? [])]);
  if (given.itemId !== undefined) forbidden.add(given.itemId);
  for (const { itemId, purchasedAtMs } of touches) {
    const isBought = purchasedAtMs > 0 && (given.own.excludePurchased === true || nowMs - purchasedAtMs <= dayMs);
    if (isBought || excludeSeen) forbidden.add(itemId);
  }
  const needsHeld = filters.length > 0 || given.absent === "forbid";
  const isAllowed = (itemId: string): boolean => {
    if (forbidden.has(itemId)) return false;
    const item = items.get(itemId);
    return item ? filters.every((filter) => holds(filter, item)) : !needsHeld;
  };
  const known = [
    ...(given.model?.itemIds ?? []),
    ...given.trends,
    ...(given.placement?.pins ?? []).map((p) => p.itemId),
  ];
  const universe = new Set(needsHeld ? [...known, ...items.keys()] : known);
  return { isAllowed, universe, needsHeld };
}

function check(given: Given, items: ReadonlyMap<string, CatalogueItem>, run: ReturnType<typeof answering>): void {
  const response = run.answer();
  const shown = response.items.map((item) => item.itemId);
  const { isAllowed, universe, needsHeld } = expected(given, items, run.touches);
  expect(shown.filter((itemId) => !isAllowed(itemId))).toEqual([]);
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown.length).toBeLessThanOrEqual(given.limit);
  for (const { score } of response.items) expect(score).toBeGreaterThan(0);

  const { caps } = askedBy(given);
  const fits = (itemId: string, others: readonly string[]): boolean => {
    const item = items.get(itemId);
    return (["category", "brand"] as const).every((group) => {
      const value = item?.[group];
      return value === undefined || others.filter((id) => items.get(id)?.[group] === value).length < caps[group];
    });
  };
  shown.forEach((itemId, at) => expect(fits(itemId, [...shown.slice(0, at), ...shown.slice(at + 1)])).toBe(true));
  // Nothing that is allowed is left out while there is room for it.
  if (shown.length < given.limit) {
    const left = [...universe].filter((itemId) => !shown.includes(itemId) && isAllowed(itemId) && fits(itemId, shown));
    expect(left).toEqual([]);
  }
  if (needsHeld) {
    expect(response.filtered).toBeLessThanOrEqual([...universe].filter((itemId) => !isAllowed(itemId)).length);
    expect(response.fallback).toBe(response.items.some(({ source }) => source === "catalogue"));
  } else expect(response).not.toHaveProperty("filtered");
}

test("I8: never an item that anything forbids, from any source or fallback, and none left out that has room", () => {
  fc.assert(
    fc.property(setting, (given) => {
      const run = answering(given);
      // Where the catalogue is full, what it holds is what it says; it must still never let a forbidden item through.
      const isFull = given.itemsMax < ids.length;
      const itemsNow = (changes: readonly CatalogueChange[]) =>
        isFull
          ? new Map(
              ids.flatMap((id) => [run.catalogue.catalogue.find(id)].flatMap((i) => (i ? [[id, i] as const] : []))),
            )
          : foldChanges(changes);
      for (const change of given.changes) run.catalogue.catalogue.apply(change);
      check(given, itemsNow(given.changes), run);
      // What changes between two requests counts in the second one, whatever is remembered of the first.
      for (const change of given.later) {
        run.catalogue.catalogue.apply(change);
        run.answer();
      }
      check(given, itemsNow([...given.changes, ...given.later]), run);
    }),
    { numRuns },
  );
}, 1_200_000);

test("diversity of 1 changes nothing, and pins stand where the shop wants them", () => {
  fc.assert(
    fc.property(setting, (given) => {
      const run = answering({ ...given, own: { ...given.own, diversity: 1 } });
      const plain = answering({ ...given, own: { ...given.own, diversity: undefined } });
      for (const change of given.changes) {
        run.catalogue.catalogue.apply(change);
        plain.catalogue.catalogue.apply(change);
      }
      const response = run.answer();
      expect(response.items).toEqual(plain.answer().items);
      const pins = (given.placement?.pins ?? []).toSorted((one, other) => one.position - other.position);
      const places = new Map(response.items.map(({ itemId, source }, at) => [itemId, { source, at }]));
      const others = response.items.filter(({ source }) => source !== "pinned").length;
      const placed = new Set<string>();
      for (const { itemId, position } of pins) {
        const place = places.get(itemId);
        if (place?.source !== "pinned" || placed.has(itemId)) continue;
        // Where the answer is too short for the position, right after what there is.
        expect(place.at).toBe(Math.min(position - 1, others + placed.size));
        placed.add(itemId);
      }
    }),
    { numRuns },
  );
}, 1_200_000);
