import type { CatalogueItem } from "./catalogue-item.ts";
import { ValueColumn } from "./value-column.ts";

/** As `ChangePosition` of the changes: of two changes of a row the later one has the greater. */
export interface CataloguePosition {
  readonly lsn: bigint;
  readonly index: number;
}

export type CatalogueChange =
  | { readonly is: "item"; readonly item: CatalogueItem; readonly position: CataloguePosition }
  | { readonly is: "delete"; readonly itemId: string; readonly position: CataloguePosition }
  /** Nothing is left of what stood before the position. */
  | { readonly is: "truncate"; readonly position: CataloguePosition };

export interface CatalogueOptions {
  /** Items held, with the marks of deleted ones; what comes past them is refused. Default 1,000,000. */
  readonly catalogueItemsMax?: number;
  /** Attributes that filters know, four bytes an item each; further ones are shown but not filtered. Default 32. */
  readonly attributesMax?: number;
}

/** `refused`: the catalogue is full. `older`: what is held is newer. */
export type Applied = "applied" | "older" | "refused";

const deleted = 0;
const present = 1;
/** Changed items remembered, for who keeps a list of items up to date. */
const journalMax = 65_536;

/**
 * The items of one shop, by number: what filters ask lies in arrays (about 40 bytes an item, and 4 for each attribute),
 * what is only shown in one text an item. A number stays its item's, deleted or not, until `numbering` changes.
 * What is deleted leaves a mark with its position, so that an older change does not bring it back.
 */
export class Catalogue {
  readonly #numbers = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #details: string[] = [];
  #states = new Uint8Array(0);
  /** 0 false, 1 true, 2 unknown. */
  #stocks = new Uint8Array(0);
  #prices = new Float64Array(0);
  #lsns = new BigInt64Array(0);
  #indexes = new Float64Array(0);
  /** Numbers of deleted items, oldest first; they are given to new items when all are taken. */
  readonly #deleted = new Set<number>();
  #truncatedAt: CataloguePosition | undefined;
  readonly brand = new ValueColumn();
  readonly category = new ValueColumn();
  readonly #attributes = new Map<string, ValueColumn>();
  readonly #catalogueItemsMax: number;
  readonly #attributesMax: number;
  readonly #journal = new Int32Array(journalMax);
  /** Changes applied so far. */
  changes = 0;
  /** Another one whenever a number passed to another item: what was remembered by number is void. */
  numbering = 0;
  refused = 0;

  constructor({ catalogueItemsMax = 1_000_000, attributesMax = 32 }: CatalogueOptions = {}) {
    this.#catalogueItemsMax = catalogueItemsMax;
    this.#attributesMax = attributesMax;
  }

  /** Items that are not deleted. */
  get size(): number {
    return this.#ids.length - this.#deleted.size;
  }

  /** Numbers are 0 … end - 1; some are of deleted items. */
  get end(): number {
    return this.#ids.length;
  }

  /** -1 where the catalogue never held the item; a deleted one has a number. */
  numberOf(itemId: string): number {
    return this.#numbers.get(itemId) ?? -1;
  }

  idOf(number: number): string {
    return this.#ids[number]!;
  }

  holds(number: number): boolean {
    return number >= 0 && this.#states[number] === present;
  }

  /** 1 in stock, 0 not, 2 where the shop does not say. */
  stockOf(number: number): number {
    return this.#stocks[number]!;
  }

  /** What is paid: the sale price where there is one. NaN where there is no price. */
  priceOf(number: number): number {
    return this.#prices[number]!;
  }

  /** Undefined for an attribute that no item has. */
  attribute(name: string): ValueColumn | undefined {
    return this.#attributes.get(name);
  }

  /** The whole item; undefined for one that is not held. Parses: for what is shown, not for ranking. */
  find(itemId: string): CatalogueItem | undefined {
    const number = this.numberOf(itemId);
    return this.holds(number) ? (JSON.parse(this.#details[number]!) as CatalogueItem) : undefined;
  }

  /** Numbers of the items that changed since `changes` was this; undefined where that is too long ago. */
  changedSince(changes: number): readonly number[] | undefined {
    const count = this.changes - changes;
    if (count > journalMax) return undefined;
    return Array.from({ length: count }, (_, at) => this.#journal[(changes + at) % journalMax]!);
  }

  /** Applies a change unless what is held is newer. The same change again changes nothing. */
  apply(change: CatalogueChange): Applied {
    const { position } = change;
    if (this.#truncatedAt && comparePositions(position, this.#truncatedAt) < 0) return "older";
    if (change.is === "truncate") return this.#truncate(position);
    const itemId = change.is === "item" ? change.item.itemId : change.itemId;
    const known = this.#numbers.get(itemId);
    if (known !== undefined && comparePositions(position, this.#positionOf(known)) < 0) return "older";
    const number = known ?? this.#number(itemId);
    if (number === undefined) {
      this.refused += 1;
      return "refused";
    }
    this.#lsns[number] = position.lsn;
    this.#indexes[number] = position.index;
    if (change.is === "item") this.#hold(number, change.item);
    else this.#drop(number);
    return "applied";
  }

  #truncate(position: CataloguePosition): Applied {
    this.#truncatedAt = position;
    for (let number = 0; number < this.#ids.length; number++) {
      if (this.holds(number) && comparePositions(this.#positionOf(number), position) < 0) this.#drop(number);
    }
    return "applied";
  }

  #hold(number: number, item: CatalogueItem): void {
    this.#states[number] = present;
    this.#deleted.delete(number);
    this.#details[number] = JSON.stringify(item);
    this.#stocks[number] = item.inStock === undefined ? 2 : Number(item.inStock);
    this.#prices[number] = item.salePrice ?? item.price ?? Number.NaN;
    this.brand.set(number, item.brand);
    this.category.set(number, item.category);
    for (const [name, column] of this.#attributes) column.set(number, ownValue(item.attributes, name));
    for (const [name, value] of Object.entries(item.attributes)) {
      if (this.#attributes.has(name) || this.#attributes.size >= this.#attributesMax) continue;
      const column = new ValueColumn();
      this.#attributes.set(name, column);
      column.set(number, value);
    }
    this.#note(number);
  }

  #drop(number: number): void {
    this.#states[number] = deleted;
    this.#deleted.add(number);
    this.#details[number] = "";
    this.brand.set(number, undefined);
    this.category.set(number, undefined);
    for (const column of this.#attributes.values()) column.set(number, undefined);
    this.#note(number);
  }

  #note(number: number): void {
    this.#journal[this.changes % journalMax] = number;
    this.changes += 1;
  }

  #positionOf(number: number): CataloguePosition {
    return { lsn: this.#lsns[number]!, index: this.#indexes[number]! };
  }

  /** A number for a new item; undefined when all are taken by items that are held. */
  #number(itemId: string): number | undefined {
    let number = this.#ids.length;
    if (number >= this.#catalogueItemsMax) {
      const [oldest] = this.#deleted;
      if (oldest === undefined) return undefined;
      number = oldest;
      this.#deleted.delete(number);
      this.#numbers.delete(this.#ids[number]!);
      this.numbering += 1;
    } else if (number >= this.#states.length) this.#grow(number);
    this.#ids[number] = itemId;
    this.#numbers.set(itemId, number);
    return number;
  }

  #grow(number: number): void {
    const length = Math.min(this.#catalogueItemsMax, Math.max(1_024, number * 2));
    this.#states = grown(this.#states, new Uint8Array(length));
    this.#stocks = grown(this.#stocks, new Uint8Array(length));
    this.#prices = grown(this.#prices, new Float64Array(length));
    this.#lsns = grown(this.#lsns, new BigInt64Array(length));
    this.#indexes = grown(this.#indexes, new Float64Array(length));
  }
}

function grown<Numbers extends { set(from: Numbers): void }>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function comparePositions(a: CataloguePosition, b: CataloguePosition): number {
  if (a.lsn !== b.lsn) return a.lsn < b.lsn ? -1 : 1;
  return a.index - b.index;
}
