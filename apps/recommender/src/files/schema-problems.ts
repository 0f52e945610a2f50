import type { TSchema } from "@sinclair/typebox";
import { ValueErrorType } from "@sinclair/typebox/errors";
import { Value } from "@sinclair/typebox/value";

/** What is wrong with a value from outside, and where: `shops.demo.placements.home.limit`. */
export interface FileProblem {
  readonly place: string;
  readonly message: string;
}

/** Every place where a value is not what its schema describes, one problem a place. */
export function schemaProblems(schema: TSchema, value: unknown): readonly FileProblem[] {
  const problems = new Map<string, FileProblem>();
  for (const { path, type, schema: wanted } of Value.Errors(schema, value)) {
    const place = placeOf(path);
    if (!problems.has(place)) problems.set(place, { place, message: messageOf(type, wanted) });
  }
  return [...problems.values()];
}

function messageOf(type: ValueErrorType, schema: TSchema): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) return "is not known here";
  if (type === ValueErrorType.ObjectRequiredProperty) return "is missing";
  return `must be ${schema.description ?? "an object"}`;
}

/** `/shops/demo/placements` → `shops.demo.placements`. */
function placeOf(pointer: string): string {
  const parts = pointer.split("/").slice(1);
  const names = parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.map((name, at) => (/^\d+$/.test(name) ? `[${name}]` : at === 0 ? name : `.${name}`)).join("");
}
