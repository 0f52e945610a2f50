import { type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { eventNames } from "./click-event.ts";
import type { EventRejection } from "./receipt.ts";

/** A pointer longer than this comes from a key no schema has; the start of it tells enough. */
const fieldLengthMax = 256;

/** Turns the first fault that the schema finds into a code, a JSON pointer and a sentence that says what to do. */
export function explainError(error: ValueError | undefined): EventRejection {
  if (!error) return { code: "EVENT_FIELD_INVALID", field: "", reason: "The event does not fit the schema." };
  const field = error.path.length > fieldLengthMax ? `${error.path.slice(0, fieldLengthMax)}…` : error.path;
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const reason = "This schema version knows no such field. Remove it, or correct its name (docs/event-schema.md).";
    return { code: "EVENT_FIELD_UNKNOWN", field, reason };
  }
  if (error.type === ValueErrorType.ObjectRequiredProperty) {
    const description = textOf(error.schema["description"]);
    return { code: "EVENT_FIELD_MISSING", field, reason: `The field is required. ${description}`.trimEnd() };
  }
  if (error.path === "/name" && typeof error.value === "string") {
    return { code: "EVENT_NAME_UNKNOWN", field, reason: `Use one of the GA4 names: ${eventNames.join(", ")}.` };
  }
  return { code: "EVENT_FIELD_INVALID", field, reason: reasonOf(error) };
}

function reasonOf({ type, schema, value }: ValueError): string {
  switch (type) {
    case ValueErrorType.StringMaxLength:
      return `At most ${schema["maxLength"]} characters are allowed; this has ${lengthOf(value)}.`;
    case ValueErrorType.StringMinLength:
      return "The field must not be empty. Leave it out where there is no value, unless it is required.";
    case ValueErrorType.StringPattern:
      return `The text has characters or a form that is not allowed. ${patternHint(schema["pattern"])}`;
    case ValueErrorType.ArrayMaxItems:
      return `At most ${schema["maxItems"]} elements are allowed; this has ${lengthOf(value)}.`;
    case ValueErrorType.NumberMinimum:
    case ValueErrorType.IntegerMinimum:
      return `The number must be at least ${schema["minimum"]}.`;
    case ValueErrorType.NumberMaximum:
    case ValueErrorType.IntegerMaximum:
      return `The number must be at most ${schema["maximum"]}.`;
    case ValueErrorType.Integer:
      return `A whole number is expected, not ${kindOf(value)}.`;
    default:
      return `A value of type ${textOf(schema["type"]) || "object"} is expected, not ${kindOf(value)}.`;
  }
}

function patternHint(pattern: unknown): string {
  if (pattern === "^[A-Z]{3}$") return "Send an ISO 4217 code such as EUR.";
  if (String(pattern).startsWith("^[0-9a-f]{8}-")) return "Send a UUID in lower case with hyphens.";
  return "Control characters and halves of surrogate pairs are refused in ids.";
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number") return Number.isInteger(value) ? "a whole number" : "a number with a fraction";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function lengthOf(value: unknown): number {
  return typeof value === "string" || Array.isArray(value) ? value.length : 0;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
