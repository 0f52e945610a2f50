import { Kind, type TSchema } from "@sinclair/typebox";
import { currencyPattern, idPattern, textPattern, uuidPattern } from "./click-event.ts";
import { limits } from "./limits.ts";

/**
 * How a field was mended: `ignored`, since nobody knows it; `absent`, since null or empty text says nothing; `coerced`
 * to the one thing it can mean; `cut` to the length allowed; `repaired`, where characters cannot be stored.
 */
export type Mending = "ignored" | "absent" | "coerced" | "cut" | "repaired";

/** A value as it is to be checked, and what was done to it; a value of `undefined` leaves the field out. */
export interface MendedValue {
  readonly value: unknown;
  readonly how?: Mending;
}

const absent: MendedValue = { value: undefined, how: "absent" };

/** Text as a schema for text would have it. */
export function mendText(schema: TSchema, value: unknown): MendedValue {
  switch (schema["pattern"]) {
    case textPattern:
      return mendFreeText(value, Number(schema["maxLength"]));
    case idPattern:
      return mendId(value);
    case currencyPattern:
      return changeCase(value, currencyCode, (text) => text.trim().toUpperCase());
    case uuidPattern:
      return changeCase(value, uuid, (text) => text.trim().toLowerCase());
    default:
      return { value };
  }
}

/** Free text loses no event: too long a one is cut, and what cannot be stored becomes U+FFFD. */
function mendFreeText(value: unknown, lengthMax: number): MendedValue {
  if (typeof value === "number") return { value: String(value), how: "coerced" };
  if (typeof value !== "string") return { value };
  const cut = cutText(value, lengthMax);
  const repaired = cut.replace(unstorable, "\ufffd");
  if (cut !== value) return { value: repaired, how: "cut" };
  return repaired === value ? { value } : { value: repaired, how: "repaired" };
}

/** The start of a text, no longer than `lengthMax` UTF-16 units and not ending within a surrogate pair. */
function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const isWithinPair = isHighSurrogate(text.charCodeAt(lengthMax - 1)) && isLowSurrogate(text.charCodeAt(lengthMax));
  return text.slice(0, isWithinPair ? lengthMax - 1 : lengthMax);
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

// oxlint-disable-next-line no-control-regex -- NUL is what is looked for
const unstorable = /\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** An id is never cut or repaired: a changed id is another id. Numbers past 2^53 have lost digits on their way. */
function mendId(value: unknown): MendedValue {
  if (value === "") return absent;
  return Number.isSafeInteger(value) ? { value: String(value), how: "coerced" } : { value };
}

const currencyCode = new RegExp(currencyPattern);
const uuid = new RegExp(uuidPattern);

function changeCase(value: unknown, form: RegExp, change: (text: string) => string): MendedValue {
  if (typeof value !== "string") return { value };
  const changed = change(value);
  if (changed === "") return absent;
  return changed === value || !form.test(changed) ? { value } : { value: changed, how: "coerced" };
}

/** A number as a schema for numbers would have it; times may have fractions of a ms, which say nothing here. */
export function mendNumber(schema: TSchema, value: unknown): MendedValue {
  if (typeof value === "string" && value.trim() === "") return absent;
  const number = typeof value === "string" ? readNumber(value) : value;
  if (typeof number !== "number") return { value };
  const isTime = schema[Kind] === "Integer" && schema["maximum"] === limits.timeMsMax;
  const mended = isTime ? Math.round(number) : number;
  return mended === value ? { value } : { value: mended, how: "coerced" };
}

const plainNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;
/** A comma before one or two last digits parts a fraction, where no other comma does; so does one behind dots. */
const commaDecimal = /^[+-]?\d+,\d{1,2}$/;
const dotsAndComma = /^[+-]?\d{1,3}(?:\.\d{3})+,\d+$/;
const commasAndDot = /^[+-]?\d{1,3}(?:,\d{3})+\.\d+$/;

/** The number that a text can only mean: `19.90`, `19,90`, `1.234,50` and `1,234.50`, but not `1,234`. */
function readNumber(text: string): number | undefined {
  const trimmed = text.trim();
  // Longer ones are no amounts, and would only cost time.
  if (trimmed.length > numberLengthMax) return undefined;
  if (plainNumber.test(trimmed)) return Number(trimmed);
  if (commaDecimal.test(trimmed)) return Number(trimmed.replace(",", "."));
  if (dotsAndComma.test(trimmed)) return Number(trimmed.replaceAll(".", "").replace(",", "."));
  if (commasAndDot.test(trimmed)) return Number(trimmed.replaceAll(",", ""));
  return undefined;
}

const numberLengthMax = 40;
