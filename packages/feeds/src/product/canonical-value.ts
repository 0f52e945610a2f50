import type { ColumnValue } from "@footfall/changes";

/** No part of any text; a feed's tools let them slip in. Tabs and line ends stay. */
// oxlint-disable-next-line no-control-regex
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
/** Half a character, or what a decoder puts where bytes are no text. */
const damage = /[\p{Cs}\ufffd]/u;

/** The text without what is no text; undefined where some of it was lost before. */
export function cleanText(text: string): string | undefined {
  if (damage.test(text)) return undefined;
  return text.replace(controlCharacters, "").trim();
}

/**
 * A value as attributes keep it: names of objects in order, texts clean, and nothing where there is nothing.
 * @returns undefined for empty texts, lists and objects
 * @throws RangeError where a text is damaged
 */
export function canonicalValue(value: ColumnValue): ColumnValue | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") {
    const text = cleanText(value);
    if (text === undefined) throw new RangeError(value);
    return text === "" ? undefined : text;
  }
  if (Array.isArray(value)) {
    const items = (value as readonly ColumnValue[]).map(canonicalValue).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value !== "object") return value;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, canonicalValue(inner as ColumnValue)] as const)
    .filter((entry): entry is [string, ColumnValue] => entry[1] !== undefined);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
