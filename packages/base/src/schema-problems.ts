import type { TSchema } from "@sinclair/typebox";
import { ValueErrorType } from "@sinclair/typebox/errors";
import { Value } from "@sinclair/typebox/value";

/** What is wrong with a value from outside, and where: `groups[0].rules[2].for`. */
export interface Problem {
  readonly place: string;
  readonly message: string;
}

/** Every place where a value is not what its schema describes, one problem a place. */
export function schemaProblems(schema: TSchema, value: unknown): Problem[] {
  const problems = new Map<string, Problem>();
  for (const error of Value.Errors(schema, value)) {
    const place = placeOf(error.path);
    if (problems.has(place)) continue;
    problems.set(place, { place, message: messageOf(error.type, error.schema) });
  }
  return [...problems.values()];
}

function messageOf(type: ValueErrorType, schema: TSchema): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) return "is not known here";
  if (type === ValueErrorType.ObjectRequiredProperty) return "is missing";
  return `must be ${schema.description ?? "an object"}`;
}

/** `/groups/0/rules` → `groups[0].rules`. */
function placeOf(pointer: string): string {
  const parts = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return parts.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}
