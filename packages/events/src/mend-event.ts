import { Kind, type TArray, type TObject, type TSchema } from "@sinclair/typebox";
import { ClickEventSchema } from "./click-event.ts";
import { type Mending, mendNumber, mendText } from "./mend-value.ts";

/** What of an event was mended. */
export type EventPart = "event" | "item" | "recommendation";
export type ObserveMending = (part: EventPart, how: Mending) => void;

/** Fields that are parts of their own. */
const partOfField: Readonly<Record<string, EventPart>> = { items: "item", recommendation: "recommendation" };

/**
 * A copy of an event that did not fit the schema, with everything mended that has one meaning. Whether it fits now is
 * for the schema to say: what has no meaning, or more than one, is left as it was. Total, and never changes `event`.
 */
export function mendEvent(event: unknown, observe: ObserveMending): unknown {
  return mend(ClickEventSchema, event, "event", observe);
}

/** @param part  what the field belongs to */
function mend(schema: TSchema, value: unknown, part: EventPart, observe: ObserveMending): unknown {
  const kind = schema[Kind];
  if (kind === "Object") return isRecord(value) ? mendRecord(schema as TObject, value, part, observe) : value;
  if (kind === "Array") {
    const items = (schema as TArray).items;
    return Array.isArray(value) ? value.map((item: unknown) => mend(items, item, part, observe)) : value;
  }
  const mended = kind === "String" ? mendText(schema, value) : mendNumber(schema, value);
  if (mended.how !== undefined) observe(part, mended.how);
  return mended.value;
}

function mendRecord(
  schema: TObject,
  record: Record<string, unknown>,
  part: EventPart,
  observe: ObserveMending,
): object {
  const mended: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (property === undefined) {
      observe(part, "ignored");
      continue;
    }
    const isRequired = schema.required?.includes(name) === true;
    if (value === null && !isRequired) {
      observe(part, "absent");
      continue;
    }
    const result = mend(property, value, partOfField[name] ?? part, observe);
    if (result !== undefined) mended[name] = result;
    // The schema's complaint is then about what was sent.
    else if (isRequired) mended[name] = value;
  }
  return mended;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
