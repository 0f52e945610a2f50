import type { TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { parseDecimal } from "../json/decimal.ts";
import { pointerNames } from "../json/pointer.ts";
import type { Rule } from "./rule.ts";
import { type RuleEntry, type RulesFile, RulesFileSchema, type TextNormalisation } from "./rule-schema.ts";
import { addRule, newRuleNode, type RuleNode } from "./rule-tree.ts";

/** What is wrong with a file of rules, and where, as a JSON pointer into it. */
export interface RuleProblem {
  readonly place: string;
  readonly message: string;
}

type Names = readonly string[];

export interface ComparisonRules {
  readonly key: readonly Names[];
  readonly normaliseKey: readonly TextNormalisation[];
  /** The first that a record has counts. */
  readonly time: readonly Names[];
  readonly id: readonly Names[];
  readonly type: readonly Names[];
  readonly version?: Names;
  readonly numbers: "value" | "text";
  readonly allow: ReadonlySet<"late" | "doubled">;
  readonly rules: readonly Rule[];
  readonly tree: RuleNode;
}

/** Where event time, id and type are looked for if no rule says where; the last three are CloudEvents' names. */
const defaultPlaces = {
  time: ["/occurredAt", "/occurredAtMs", "/time"],
  id: ["/eventId", "/id"],
  type: ["/eventType", "/type"],
};

/**
 * Rules of a file that is parsed already (YAML or JSON), or all that is wrong with it.
 * @param key  pointers that win over the file's
 */
export function parseRules(
  file: unknown,
  key?: readonly string[],
): { readonly rules: ComparisonRules } | { readonly problems: readonly RuleProblem[] } {
  const value = file ?? {};
  const problems = schemaProblems(RulesFileSchema, value);
  if (problems.length === 0) problems.push(...ruleProblems(value as RulesFile, key));
  return problems.length > 0 ? { problems } : { rules: compile(value as RulesFile, key) };
}

function schemaProblems(schema: TSchema, value: unknown): RuleProblem[] {
  const problems = new Map<string, RuleProblem>();
  for (const error of Value.Errors(schema, value)) {
    const isUnknown = error.message.startsWith("Unexpected property");
    const isMissing = error.message.startsWith("Expected required property");
    const message = isUnknown
      ? "is not known here"
      : isMissing
        ? "is missing"
        : `must be ${error.schema.description ?? "something else"}`;
    if (!problems.has(error.path)) problems.set(error.path, { place: error.path || "/", message });
  }
  return [...problems.values()];
}

/** What the schema cannot say. */
function ruleProblems(file: RulesFile, key: readonly string[] | undefined): RuleProblem[] {
  const problems: RuleProblem[] = [];
  if (file.key === undefined && key === undefined)
    problems.push({ place: "/key", message: "is missing; or set --key" });
  const places = new Map<string, number>();
  for (const [index, rule] of (file.rules ?? []).entries()) {
    const report = (message: string) => problems.push({ place: `/rules/${index}`, message });
    const { path, ignore, tolerance, normalise, unordered } = rule;
    const twin = places.get(path);
    if (twin !== undefined) report(`has the path of /rules/${twin}; make them one rule`);
    else places.set(path, index);
    const others = [tolerance, normalise, unordered].filter((part) => part !== undefined).length;
    if (ignore && others > 0) report("ignores its path, so nothing else can hold there");
    if (!ignore && others === 0) report("says nothing: it needs ignore, tolerance, normalise or unordered");
    if (tolerance && tolerance.abs === undefined && tolerance.rel === undefined) report("tolerance needs abs or rel");
    if (normalise?.includes("time") && normalise.includes("number")) report("normalise takes time or number, not both");
  }
  return problems;
}

function compile(file: RulesFile, key: readonly string[] | undefined): ComparisonRules {
  const tree = newRuleNode();
  const rules = (file.rules ?? []).map((entry) => {
    const rule = toRule(entry);
    addRule(tree, pointerNames(entry.path), rule);
    return rule;
  });
  const keys = key ?? (Array.isArray(file.key) ? file.key : [file.key!]);
  const place = (part: keyof typeof defaultPlaces) =>
    (file[part] === undefined ? defaultPlaces[part] : [file[part]]).map(pointerNames);
  return {
    key: keys.map(pointerNames),
    normaliseKey: file.normaliseKey ?? [],
    time: place("time"),
    id: place("id"),
    type: place("type"),
    ...(file.version !== undefined && { version: pointerNames(file.version) }),
    numbers: file.numbers ?? "value",
    allow: new Set(file.allow),
    rules,
    tree,
  };
}

function toRule({ path, ignore, tolerance, normalise, unordered }: RuleEntry): Rule {
  const limits = tolerance && {
    ...(tolerance.abs !== undefined && { abs: parseDecimal(String(tolerance.abs))! }),
    ...(tolerance.rel !== undefined && { rel: parseDecimal(String(tolerance.rel))! }),
  };
  const kinds = [
    ignore && "ignore",
    tolerance && "tolerance",
    normalise && `normalise ${normalise.join(", ")}`,
    unordered && "unordered",
  ];
  return {
    name: `${path} ${kinds.filter(Boolean).join(", ")}`,
    ignore: ignore ?? false,
    ...(limits && { tolerance: limits }),
    normalise: normalise ?? [],
    ...(unordered !== undefined && { unorderedBy: unordered === true ? [] : pointerNames(unordered.by) }),
  };
}
