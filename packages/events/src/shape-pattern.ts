import { Kind, type TObject, type TProperties, type TSchema } from "@sinclair/typebox";
import { type ClickEvent, ClickItemSchema, idPattern, textPattern } from "./click-event.ts";

/*
 * From the schema and an order of fields comes a regular expression for the valid events that have these fields in this
 * order. It is cautious: what matches is valid; what does not may be valid all the same.
 */

/** Characters that stand for themselves in JSON and that ids and texts may hold. */
const plainCharacter = String.raw`[^"\\\u0000-\u001f\u007f\ud800-\udfff]`;
/** Texts of such characters fit these patterns. */
const characterPatterns: ReadonlySet<unknown> = new Set([idPattern, textPattern]);
/** Matches nowhere: events with a kind of field that has no pattern here are parsed. */
const nothing = "(?!)";
/** Integers of so many digits are exact. */
const digitsMax = 15;

/** The same for events with the same fields in the same order, in their items too. */
export function shapeOf(event: ClickEvent): string {
  const recommendation = Object.keys(event.recommendation ?? {}).join();
  return [Object.keys(event).join(), recommendation, ...itemOrdersOf(event)].join(" ");
}

/** The different orders of fields of the event's items. */
export function itemOrdersOf({ items = [] }: ClickEvent): readonly string[] {
  return [...new Set(items.map((item) => Object.keys(item).join()))];
}

/** The fields of `example`, in its order, as `"name":value`; a captured value is in a group of its own. */
export function fieldPatterns(
  properties: TProperties,
  example: object,
  captured: ReadonlySet<string> = new Set(),
): { readonly name: string; readonly pattern: string }[] {
  return Object.entries(example).map(([name, value]) => {
    const pattern = valuePattern(properties[name]!, value);
    return { name, pattern: `"${name}":${captured.has(name) ? capture(pattern) : pattern}` };
  });
}

function objectPattern(properties: TProperties, example: object): string {
  const fields = fieldPatterns(properties, example).map(({ pattern }) => pattern);
  return `\\{${fields.join(",")}\\}`;
}

/** Strings are captured without their quotes. */
function capture(pattern: string): string {
  return pattern.startsWith('"') ? `"(${pattern.slice(1, -1)})"` : `(${pattern})`;
}

/** Values that surely fit the schema; arrays and objects as the example has them. */
function valuePattern(schema: TSchema, example: unknown): string {
  switch (schema[Kind]) {
    case "Object":
      return objectPattern((schema as TObject).properties, example as object);
    case "Array":
      return itemsPattern(Number(schema["maxItems"]), example as readonly object[]);
    case "Literal":
      return String(schema["const"]);
    case "Integer":
      return integerPattern(schema);
    case "Number":
      return `${integerPattern(schema)}(?:\\.\\d{1,${digitsMax}})?`;
    case "String":
      return `"${textForm(schema)}"`;
    default:
      return nothing;
  }
}

function itemsPattern(maxItems: number, examples: readonly object[]): string {
  const orders = new Map(
    examples.map((item) => [Object.keys(item).join(), objectPattern(ClickItemSchema.properties, item)]),
  );
  if (orders.size === 0) return "\\[\\]";
  const item = `(?:${[...orders.values()].join("|")})`;
  return `\\[${item}(?:,${item}){0,${maxItems - 1}}\\]`;
}

/** Whole numbers with fewer digits than the greatest that is allowed, and no less than 0 or 1. */
function integerPattern({ minimum = 0, maximum = Infinity }: TSchema): string {
  const digits = Math.min(digitsMax, maximum < 1e15 ? String(maximum).length - 1 : digitsMax);
  const positive = `[1-9]\\d{0,${digits - 1}}`;
  return minimum <= 0 ? `(?:0|${positive})` : positive;
}

function textForm({ minLength = 0, maxLength, pattern }: TSchema): string {
  if (characterPatterns.has(pattern)) return `${plainCharacter}{${minLength},${maxLength ?? ""}}`;
  return `(?:${String(pattern).slice(1, -1)})`;
}
