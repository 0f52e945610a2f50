import { Kind, type TObject, type TSchema } from "@sinclair/typebox";
import { type EventEnvelope, EventEnvelopeSchema, idPattern, textPattern } from "./click-event.ts";

/** What a reader far behind the log has to know of a record whose columns are made elsewhere. */
export interface ScannedEnvelope {
  readonly eventId: string;
  readonly tenant: string;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
}

/** Matches the valid records with one order of fields; the numbers are those of its groups. */
type Shape = Readonly<Record<keyof ScannedEnvelope, number>> & { readonly expression: RegExp };

/** Orders of fields that are learnt; records in any other are told by `decodeEnvelope`. */
const shapesMax = 32;
/** Printable ASCII but quotes and backslashes: what ids and texts nearly always hold. */
const plainCharacter = "[ !#-[\\]-~]";
/** Texts of such characters fit these patterns. */
const characterPatterns: ReadonlySet<unknown> = new Set([idPattern, textPattern]);
/** Integers of so many digits are exact. */
const digitsMax = 15;
const capturedNames: ReadonlySet<string> = new Set(["eventId", "tenant", "occurredAtMs", "receivedAtMs"]);
const itemProperties = (EventEnvelopeSchema.properties.items as unknown as { items: TObject }).items.properties;

/**
 * Reads the ids and times of records without making objects of them, at a fifth of the cost. Records of one client
 * have their fields in one order; from the schema and an order comes an expression that matches the valid records of
 * that order. It is cautious: a record that `scan` accepts is one that `decodeEnvelope` accepts, with the same ids and
 * times; of any other it says nothing, and `decodeEnvelope` decides.
 */
export class EnvelopeScanner {
  readonly #shapes: Shape[] = [];
  readonly #learnt = new Set<string>();

  scan(text: string): ScannedEnvelope | undefined {
    const shapes = this.#shapes;
    for (let at = 0; at < shapes.length; at += 1) {
      const shape = shapes[at]!;
      const captured = shape.expression.exec(text);
      if (captured === null) continue;
      if (at > 0) [shapes[at - 1], shapes[at]] = [shape, shapes[at - 1]!];
      return {
        eventId: captured[shape.eventId]!,
        tenant: captured[shape.tenant]!,
        occurredAtMs: Number(captured[shape.occurredAtMs]),
        receivedAtMs: Number(captured[shape.receivedAtMs]),
      };
    }
    return undefined;
  }

  /** Learns the order of the fields of a valid record. */
  learn(envelope: EventEnvelope): void {
    const itemOrders = new Set((envelope.items ?? []).map((item) => Object.keys(item).join()));
    const recommendation = Object.keys(envelope.recommendation ?? {}).join();
    const shape = [Object.keys(envelope).join(), recommendation, ...itemOrders].join(" ");
    if (this.#learnt.size >= shapesMax || this.#learnt.has(shape)) return;
    this.#learnt.add(shape);
    this.#shapes.push(shapeOf(envelope));
  }
}

function shapeOf(envelope: EventEnvelope): Shape {
  const expression = new RegExp(`^${objectPattern(EventEnvelopeSchema.properties, envelope)}$`);
  const captured = Object.keys(envelope).filter((name) => capturedNames.has(name));
  const group = (name: keyof ScannedEnvelope): number => captured.indexOf(name) + 1;
  return {
    expression,
    eventId: group("eventId"),
    tenant: group("tenant"),
    occurredAtMs: group("occurredAtMs"),
    receivedAtMs: group("receivedAtMs"),
  };
}

/** Objects with the fields of `example`, in its order. */
function objectPattern(properties: Readonly<Record<string, TSchema>>, example: object): string {
  const fields = Object.entries(example).map(([name, value]) => {
    const pattern = valuePattern(properties[name]!, value);
    return `"${name}":${capturedNames.has(name) ? capture(pattern) : pattern}`;
  });
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
    default:
      return `"${textForm(schema)}"`;
  }
}

function itemsPattern(maxItems: number, examples: readonly object[]): string {
  const orders = new Map(examples.map((item) => [Object.keys(item).join(), objectPattern(itemProperties, item)]));
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
