import { NewestFirst } from "./newest-first.ts";
import { type SessionIndex, withoutSessions } from "./session-index.ts";

/** What live sessions are added to: the sessions that a model has learnt from. */
export interface LearntSessions {
  readonly index: SessionIndex;
  readonly itemIds: readonly string[];
  readonly indexByItemId: ReadonlyMap<string, number>;
  /** Sessions that ended up to then, ms since the epoch, are in the index. */
  readonly trainedUntilMs: number;
}

export interface SessionClick {
  readonly visitorId: string;
  readonly itemId: string;
  /** Event time. */
  readonly atMs: number;
}

export interface LiveSession {
  readonly visitorId: string;
  /** The clicks, oldest first. */
  readonly itemIds: string[];
  readonly timesMs: number[];
  /** The items, each once, in the order of their last clicks, and the places of these from 1. */
  items: Int32Array;
  positions: Uint16Array;
  /** Grows with every click, so that a higher number is a more recent session. */
  number: number;
}

export interface LiveSessionsOptions {
  /** Clicks after which a session is forgotten. Default 100,000. */
  readonly liveClicksMax?: number;
}

/** A session ends after this long without an interaction, as in the tracker and in the table `sessions`. */
export const sessionIdleMs = 30 * 60_000;
/** As in training: a session's oldest clicks past this many are left out. */
const sessionClicksMax = 100;
/** Live sessions that an item leads to; models look at fewer. */
const sessionsPerItemMax = 5_000;
/** An item that no model knows is recommended from so many sessions on: one visitor alone shows nobody anything. */
const newItemSessionsMin = 3;

const noItems = new Int32Array(0);
const noPositions = new Uint16Array(0);
const nothingLearnt: LearntSessions = {
  index: withoutSessions(noItems, 0),
  itemIds: [],
  indexByItemId: new Map(),
  trainedUntilMs: Number.NEGATIVE_INFINITY,
};

/**
 * Sessions as they happen, beside those that a model has learnt from: both together answer like an index that was built
 * from all of them. Every click gives its session a new number, above all before it, and all the session's items a
 * posting of that number; postings of its earlier numbers are passed over. Bounded: a session is forgotten when
 * `liveClicksMax` clicks have come after its last one. A session that the model has learnt in part counts once more.
 */
export class LiveSessions {
  /** ln of the sessions with each item, learnt and live. Replaced as it grows. */
  logFrequencies = new Float64Array(0);
  #learnt = nothingLearnt;
  readonly #clicksMax: number;
  /** Session number modulo `clicksMax` → session; undefined or with another number where it has moved on. */
  #byNumber: (LiveSession | undefined)[] = [];
  /** In the same places the session's number, its end and how many items it has: what every answer asks of many. */
  #numbers = new Int32Array(0);
  #endTimesMs = new Float64Array(0);
  #sizes = new Uint8Array(0);
  #nextNumber = 0;
  /** Live sessions that count, because they ended after the model was trained. */
  #indexedCount = 0;
  readonly #running = new Map<string, LiveSession>();
  #lists = new Map<number, NewestFirst>();
  /** Item → live sessions with it. */
  #support = new Map<number, number>();
  /** Items that the model does not know: they are numbered after its own. */
  #newItemIds: string[] = [];
  #newItems = new Map<string, number>();
  #newItemsMax: number;
  readonly #isHeld = (number: number): boolean => this.isCurrent(number);

  constructor({ liveClicksMax = 100_000 }: LiveSessionsOptions = {}) {
    this.#clicksMax = liveClicksMax;
    this.#newItemsMax = liveClicksMax;
  }

  /** Sessions that answers take into account. */
  get size(): number {
    return this.#indexedCount;
  }

  /** Sessions learnt from and live ones. */
  get sessionCount(): number {
    return this.#learnt.index.sessionCount + this.#indexedCount;
  }

  get itemCount(): number {
    return this.#learnt.index.itemCount + this.#newItemIds.length;
  }

  get learnt(): LearntSessions {
    return this.#learnt;
  }

  /** Goes on beside another model. Takes some milliseconds per ten thousand sessions. */
  rebase(learnt: LearntSessions | undefined): void {
    this.#learnt = learnt ?? nothingLearnt;
    this.#lists = new Map();
    this.#support = new Map();
    this.#newItemIds = [];
    this.#newItems = new Map();
    this.#indexedCount = 0;
    const { itemSupport } = this.#learnt.index;
    this.logFrequencies = Float64Array.from(itemSupport, (sessions) => Math.log(sessions));
    const sessions = [...new Set(this.#byNumber)].filter((session) => session !== undefined);
    sessions.sort((a, b) => a.number - b.number);
    this.#byNumber = [];
    this.#numbers = new Int32Array(0);
    this.#nextNumber = this.#firstNumber;
    for (const session of sessions) {
      session.items = noItems;
      session.number = -1;
      this.#place(session);
    }
    this.#newItemsMax = Math.max(this.#clicksMax, 2 * this.#newItemIds.length);
  }

  /** Two clicks on an item at one moment are one. Clicks may come late by as much as a session's idle time. */
  observe({ visitorId, itemId, atMs }: SessionClick): void {
    let session = this.#running.get(visitorId);
    if (session !== undefined && atMs < session.timesMs[0]! - sessionIdleMs) return;
    if (session === undefined || atMs > session.timesMs.at(-1)! + sessionIdleMs) {
      session = { visitorId, itemIds: [], timesMs: [], items: noItems, positions: noPositions, number: -1 };
      this.#running.set(visitorId, session);
    }
    const { itemIds, timesMs } = session;
    let place = timesMs.length;
    while (place > 0 && timesMs[place - 1]! > atMs) place--;
    for (let at = place - 1; at >= 0 && timesMs[at] === atMs; at--) if (itemIds[at] === itemId) return;
    itemIds.splice(place, 0, itemId);
    timesMs.splice(place, 0, atMs);
    if (itemIds.length > sessionClicksMax) {
      itemIds.shift();
      timesMs.shift();
    }
    this.#place(session);
    // Forgets new items that no session holds any more, and begins the numbers anew before they have more than 31 bits.
    const isFull = this.#newItemIds.length > this.#newItemsMax || this.#nextNumber > 0x7fff_0000;
    if (isFull) this.rebase(this.#learnt);
  }

  /** The number of the session that a visitor is in, for `SessionQuery.ownSession`; -1 for none. */
  runningSession(visitorId: string): number {
    return this.#running.get(visitorId)?.number ?? -1;
  }

  /** Numbers of live sessions with the item; some may be out of date. */
  sessionsWith(item: number): NewestFirst | undefined {
    return this.#lists.get(item);
  }

  /** Live sessions with the item. */
  supportOf(item: number): number {
    return this.#support.get(item) ?? 0;
  }

  isCurrent(number: number): boolean {
    return this.#numbers[number % this.#clicksMax] === number;
  }

  /** @param number  of a session that is current @returns ms since the epoch */
  endTimeMs(number: number): number {
    return this.#endTimesMs[number % this.#clicksMax]!;
  }

  /** Distinct items. @param number  of a session that is current */
  sizeOf(number: number): number {
    return this.#sizes[number % this.#clicksMax]!;
  }

  /** @param number  of a session that is current */
  sessionOf(number: number): LiveSession {
    return this.#byNumber[number % this.#clicksMax]!;
  }

  /** The number of an item that the model does not know, but a live session does. */
  newItem(itemId: string): number | undefined {
    return this.#newItems.get(itemId);
  }

  /** The id of an item with a number that is not the model's. */
  newItemId(item: number): string {
    return this.#newItemIds[item - this.#learnt.index.itemCount]!;
  }

  /** Whether so many visitors have seen an item that the model does not know that others may. */
  isKnownEnough(item: number): boolean {
    return item < this.#learnt.index.itemCount || this.supportOf(item) >= newItemSessionsMin;
  }

  get #firstNumber(): number {
    return this.#learnt.index.endTimesMs.length;
  }

  #place(session: LiveSession): void {
    if (this.#byNumber.length === 0) this.#allocate();
    const isCounted = session.number >= 0 && session.items.length > 0;
    const replaced = session.number;
    const number = this.#nextNumber++;
    const slot = number % this.#clicksMax;
    const before = this.#byNumber[slot];
    if (before !== undefined && before !== session && before.number === number - this.#clicksMax) this.#forget(before);
    if (replaced >= 0) this.#numbers[replaced % this.#clicksMax] = -1;
    this.#byNumber[slot] = session;
    this.#numbers[slot] = session.number = number;
    this.#endTimesMs[slot] = session.timesMs.at(-1)!;
    // What the model has learnt is not counted a second time.
    if (session.timesMs.at(-1)! <= this.#learnt.trainedUntilMs) return;
    if (!isCounted) this.#indexedCount++;
    const known = session.items;
    this.#orderItems(session);
    this.#sizes[slot] = session.items.length;
    for (const item of known) if (!session.items.includes(item)) this.#count(item, -1);
    for (const item of session.items) {
      const isKnown = known.includes(item);
      if (!isKnown) this.#count(item, 1);
      let list = this.#lists.get(item);
      if (list === undefined) this.#lists.set(item, (list = new NewestFirst()));
      list.push(number, isKnown ? replaced : -1, this.#isHeld, sessionsPerItemMax);
    }
  }

  #allocate(): void {
    this.#byNumber = new Array<undefined>(this.#clicksMax);
    this.#numbers = new Int32Array(this.#clicksMax).fill(-1);
    this.#endTimesMs = new Float64Array(this.#clicksMax);
    this.#sizes = new Uint8Array(this.#clicksMax);
  }

  #orderItems(session: LiveSession): void {
    const { itemIds } = session;
    const items: number[] = [];
    const positions: number[] = [];
    for (let at = itemIds.length - 1; at >= 0; at--) {
      const item = this.#numberOf(itemIds[at]!);
      if (items.includes(item)) continue;
      items.push(item);
      positions.push(at + 1);
    }
    session.items = Int32Array.from(items.reverse());
    session.positions = Uint16Array.from(positions.reverse());
  }

  #numberOf(itemId: string): number {
    const known = this.#learnt.indexByItemId.get(itemId) ?? this.#newItems.get(itemId);
    if (known !== undefined) return known;
    const item = this.#learnt.index.itemCount + this.#newItemIds.length;
    this.#newItemIds.push(itemId);
    this.#newItems.set(itemId, item);
    return item;
  }

  #count(item: number, sessions: number): void {
    const live = this.supportOf(item) + sessions;
    if (live === 0) {
      this.#support.delete(item);
      this.#lists.delete(item);
    } else this.#support.set(item, live);
    if (item >= this.logFrequencies.length) {
      const larger = new Float64Array(Math.max(64, 2 * this.logFrequencies.length));
      larger.set(this.logFrequencies);
      this.logFrequencies = larger;
    }
    this.logFrequencies[item] = Math.log((this.#learnt.index.itemSupport[item] ?? 0) + live);
  }

  #forget(session: LiveSession): void {
    if (this.#running.get(session.visitorId) === session) this.#running.delete(session.visitorId);
    if (session.items.length === 0) return;
    this.#indexedCount--;
    for (const item of session.items) this.#count(item, -1);
  }
}
