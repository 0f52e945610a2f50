import { type ExactJson, exactText } from "../json/exact-json.ts";

export const differenceKinds = [
  "removed",
  "added",
  "null",
  "null-vs-absent",
  "type",
  "rendering",
  "rounding",
  "time",
  "order",
  "value",
] as const;

/**
 * How values differ, seen from left to right: `removed` and `added` fields and elements; `null` on one side; `type`;
 * numbers of one value written differently (`rendering`); numbers or times that differ in precision or zone only
 * (`rounding`, `time`); lists of the same elements (`order`); else `value`.
 */
export type DifferenceKind = (typeof differenceKinds)[number];

export interface Difference {
  /** Where, as a JSON pointer; into the left document, or the right one for what was added. */
  readonly pointer: string;
  /** The same with `*` for each element of a list. */
  readonly field: string;
  readonly kind: DifferenceKind;
  /** JSON of the values, cut where it is long; absent where a side has nothing. */
  readonly left?: string;
  readonly right?: string;
}

/** Characters of a value that a difference shows; comparing sees all of it. */
const shownCharactersMax = 200;

export function shownValue(value: ExactJson): string {
  return cutText(exactText(value), shownCharactersMax);
}

/** A text, or its beginning and how long it was. */
export function cutText(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}… (${text.length} characters)`;
}
