import { type ValueError, ValueErrorType } from "@sinclair/typebox/errors";
import { currencyPattern, eventNames, uuidPattern } from "./click-event.ts";
import { quoteValue } from "./quote-value.ts";
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
    return { code: "EVENT_NAME_UNKNOWN", field, reason: nameReason(error.value) };
  }
  return { code: "EVENT_FIELD_INVALID", field, reason: reasonOf(error) };
}

function nameReason(name: string): string {
  return `${quoteValue(name)} is not known. Use one of the GA4 names: ${eventNames.join(", ")}.`;
}

function reasonOf({ type, schema, value }: ValueError): string {
  const quoted = quoteValue(value);
  switch (type) {
    case ValueErrorType.StringMaxLength:
      return `At most ${schema["maxLength"]} characters are allowed; this has ${(value as string).length}: ${quoted}.`;
    case ValueErrorType.StringMinLength:
      return "The field must not be empty. Leave it out where there is no value, unless it is required.";
    case ValueErrorType.StringPattern:
      return `${quoted} has characters or a form that is not allowed. ${patternHint(schema["pattern"])}`;
    case ValueErrorType.ArrayMaxItems:
      return `At most ${schema["maxItems"]} elements are allowed; this has ${(value as unknown[]).length}.`;
    case ValueErrorType.NumberMinimum:
    case ValueErrorType.IntegerMinimum:
      return `The number must be at least ${schema["minimum"]}, not ${quoted}.`;
    case ValueErrorType.NumberMaximum:
    case ValueErrorType.IntegerMaximum:
      return `The number must be at most ${schema["maximum"]}, not ${quoted}.`;
    case ValueErrorType.Integer:
      return `A whole number is expected, not ${quoted}.`;
    default:
      return `A value of type ${textOf(schema["type"]) || "object"} is expected, not ${quoted}.${numberHint(value)}`;
  }
}

function patternHint(pattern: unknown): string {
  if (pattern === currencyPattern) return "Send an ISO 4217 code such as EUR.";
  if (pattern === uuidPattern) return "Send a UUID in lower case with hyphens.";
  return "Control characters and halves of surrogate pairs are refused in ids.";
}

/** JSON readers round such numbers: as an id, one would stand for many. */
function numberHint(value: unknown): string {
  return typeof value === "number" && !Number.isSafeInteger(value) ? " Send it as text, so that no digit is lost." : "";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
