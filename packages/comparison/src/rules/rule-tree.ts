import type { Rule } from "./rule.ts";

/** Rules by the names of their paths. */
export interface RuleNode {
  readonly children: Map<string, RuleNode>;
  rule?: Rule;
}

/** The nodes whose paths lead to a place: several where `*` and a name both do. */
export type RulePlace = readonly RuleNode[];

const nowhere: RulePlace = [];

export function newRuleNode(): RuleNode {
  return { children: new Map() };
}

export function addRule(root: RuleNode, names: readonly string[], rule: Rule): void {
  let node = root;
  for (const name of names) {
    let child = node.children.get(name);
    if (!child) node.children.set(name, (child = newRuleNode()));
    node = child;
  }
  node.rule = rule;
}

/** Where the rules go on one name further in. */
export function childPlace(place: RulePlace, name: string): RulePlace {
  if (place.length === 0) return nowhere;
  const next: RuleNode[] = [];
  for (const { children } of place) {
    if (children.size === 0) continue;
    const named = children.get(name);
    if (named) next.push(named);
    const any = name === "*" ? undefined : children.get("*");
    if (any) next.push(any);
  }
  return next.length === 0 ? nowhere : next;
}

/** The first rule of a place, those with a name before those with `*`, of which a claim holds. */
export function ruleOf(place: RulePlace, claim: (rule: Rule) => boolean): Rule | undefined {
  for (const { rule } of place) if (rule && claim(rule)) return rule;
  return undefined;
}
