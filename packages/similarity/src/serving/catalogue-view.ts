/** As far as ranking reads a catalogue of items. */
export interface NumberedItems {
  /** -1 for an item that it does not know. */
  numberOf(itemId: string): number;
  idOf(number: number): string;
  /** Another one whenever a number passed to another item. */
  readonly numbering: number;
  /** Changes so far. */
  readonly changes: number;
  /** Numbers of the items that changed since `changes` was this; undefined where that is too long ago. */
  changedSince(changes: number): readonly number[] | undefined;
}

export interface ItemFilter {
  /** @param number  -1 for an item that the catalogue does not hold */
  readonly allows: (number: number) => boolean;
  /** All items that pass, for where nothing else is left. Absent where passing is the rule. */
  readonly allowed?: AllowedList;
}

export interface AllowedList {
  /** Those to look at first. */
  remembered(): readonly number[];
  others(): Iterable<number>;
}
