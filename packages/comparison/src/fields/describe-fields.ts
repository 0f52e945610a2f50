import { pointerOf } from "../json/pointer.ts";
import { childPlace, type RuleNode, type RulePlace, ruleOf } from "../rules/rule-tree.ts";
import type { FieldCounts, FieldNode, FieldTree, JsonType, Side } from "./field-tree.ts";

/** How often the pairs of an event type had a field: what never occurred is not proved. */
export interface FieldCoverage {
  readonly field: string;
  readonly left: number;
  readonly right: number;
  readonly isIgnored: boolean;
}

/** How the two sides' inferred schemas differ at a field. */
export interface SchemaDifference {
  readonly field: string;
  readonly kind: "added" | "removed" | "type" | "nullability";
  /** The side's form: `string`, `number or string`, `string, null at times, absent at times`. */
  readonly left?: string;
  readonly right?: string;
}

/** Every field, in the order of their pointers. */
export function fieldCoverage(tree: FieldTree, rules: RuleNode): readonly FieldCoverage[] {
  const fields: FieldCoverage[] = [];
  visit(tree.root, rules, (field, { left, right }, _, isIgnored) => {
    fields.push({ field, left: left.present, right: right.present, isIgnored });
    return true;
  });
  return fields.sort((a, b) => (a.field < b.field ? -1 : 1));
}

/**
 * Where the two inferred schemas differ and no rule excuses it. Both are inferred from pairs only: a record that one
 * side lacks is no change of its schema. Of a field that one side never has, the fields inside are not named.
 */
export function schemaDifferences(tree: FieldTree, rules: RuleNode): readonly SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  visit(tree.root, rules, (field, node, parent, isIgnored, place) => {
    if (isIgnored) return false;
    const { left, right } = node;
    const form = (side: Side) => formOf(node[side], possibleCount(parent[side]));
    if (left.present === 0) differences.push({ field, kind: "added", right: form("right") });
    else if (right.present === 0) differences.push({ field, kind: "removed", left: form("left") });
    else {
      const kind = changeOf(node, parent, place);
      if (kind) differences.push({ field, kind, left: form("left"), right: form("right") });
    }
    return left.present > 0 && right.present > 0;
  });
  return differences.sort((a, b) => (a.field < b.field ? -1 : 1));
}

function changeOf(node: FieldNode, parent: FieldNode, place: RulePlace): "type" | "nullability" | undefined {
  const isExcused = (step: "number" | "time" | "null") =>
    ruleOf(place, ({ normalise }) => normalise.includes(step)) !== undefined;
  const mixes = isExcused("number") || isExcused("time");
  const types = (side: Side) => typesOf(node[side]).map((type) => (mixes && type === "number" ? "string" : type));
  const [left, right] = [new Set(types("left")), new Set(types("right"))];
  // A side that only ever had null shows no type.
  if (left.size > 0 && right.size > 0 && (left.size !== right.size || [...left].some((type) => !right.has(type)))) {
    return "type";
  }
  const absences = (side: Side) => node[side].present < possibleCount(parent[side]);
  const nulls = (side: Side) => node[side].types.has("null");
  if (isExcused("null")) {
    const isNothing = (side: Side) => absences(side) || nulls(side);
    return isNothing("left") === isNothing("right") ? undefined : "nullability";
  }
  return absences("left") === absences("right") && nulls("left") === nulls("right") ? undefined : "nullability";
}

/** How often a field could have been there: elements of lists are never absent. */
function possibleCount({ types }: FieldCounts): number {
  return types.get("object") ?? 0;
}

function typesOf({ types }: FieldCounts): JsonType[] {
  return [...types.keys()].filter((type) => type !== "null").sort();
}

function formOf(counts: FieldCounts, possible: number): string {
  const parts = [typesOf(counts).join(" or ") || "null"];
  if (parts[0] !== "null" && counts.types.has("null")) parts.push("null at times");
  if (counts.present < possible) parts.push("absent at times");
  return parts.join(", ");
}

type Visit = (field: string, node: FieldNode, parent: FieldNode, isIgnored: boolean, place: RulePlace) => boolean;

/** Goes on inside a field while `enter` says so. */
function visit(root: FieldNode, rules: RuleNode, enter: Visit): void {
  const walk = (parent: FieldNode, names: readonly string[], place: RulePlace, isWithinIgnored: boolean) => {
    for (const [name, node] of parent.children) {
      const path = [...names, name];
      const inner = childPlace(place, name);
      const isIgnored = isWithinIgnored || ruleOf(inner, ({ ignore }) => ignore) !== undefined;
      if (enter(pointerOf(path), node, parent, isIgnored, inner)) walk(node, path, inner, isIgnored);
    }
  };
  walk(root, [], [rules], false);
}
