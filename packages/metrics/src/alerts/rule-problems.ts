import { parseDuration } from "./duration.ts";
import { parseMatcher } from "./label-matcher.ts";
import type { ConditionEntry, RuleEntry, RuleFile } from "./rule-schema.ts";
import type { Problem } from "@footfall/base/schema-problems";
import { isTemplate, namesValue, unknownPlaceholders } from "./template.ts";

type Report = (place: string, message: string) => void;

/** What the schema cannot say of rules; a rule whose form is wrong already is passed over. */
export function ruleProblems(file: unknown, formProblems: readonly Problem[]): Problem[] {
  const problems: Problem[] = [];
  const isFormed = (place: string) => !formProblems.some((problem) => isWithin(problem.place, place));
  const groups = (file as Partial<RuleFile> | null)?.groups;
  if (!Array.isArray(groups)) return problems;
  const places = new Map<string, string>();
  for (const [groupIndex, group] of groups.entries()) {
    const groupPlace = `groups[${groupIndex}]`;
    if (isFormed(`${groupPlace}.interval`) && group?.interval !== undefined && parseDuration(group.interval) === 0) {
      problems.push({ place: `${groupPlace}.interval`, message: "must be longer than 0" });
    }
    if (!Array.isArray(group?.rules)) continue;
    for (const [index, rule] of group.rules.entries()) {
      const place = `${groupPlace}.rules[${index}]`;
      if (!isFormed(place)) continue;
      const report: Report = (inner, message) => problems.push({ place: `${place}.${inner}`, message });
      checkRule(rule, report);
      const identity = JSON.stringify([rule.alert, Object.entries(rule.labels ?? {}).sort()]);
      const twin = places.get(identity);
      if (twin !== undefined) report("alert", `has name and labels of ${twin}: their alerts would be the same ones`);
      else places.set(identity, place);
    }
  }
  return problems;
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}

function checkRule(rule: RuleEntry, report: Report): void {
  checkCondition(rule.condition, report);
  for (const part of ["labels", "annotations"] as const) {
    for (const [name, text] of Object.entries(rule[part] ?? {})) {
      for (const unknown of unknownPlaceholders(text)) {
        report(`${part}.${name}`, `has ${unknown}; only {{ $labels.name }} and {{ $value }} are filled in`);
      }
      if (part === "labels" && namesValue(text)) {
        report(`${part}.${name}`, "names the value: each value would be an alert of its own");
      }
    }
  }
  for (const name of ["alertname", "version", "value"]) {
    if (rule.labels && Object.hasOwn(rule.labels, name)) report(`labels.${name}`, "cannot be a label of an alert");
  }
  if (isTemplate(rule.alert)) report("alert", "cannot be a template");
  if (rule.condition.anomaly && rule.no_data === "alert") {
    report("no_data", "cannot be alert: an anomaly rule is quiet until there are three weeks of history");
  }
}

function checkCondition(condition: ConditionEntry, report: Report): void {
  const kinds = Object.keys(condition);
  if (kinds.length !== 1) report("condition", `must have exactly one kind, has ${kinds.join(", ") || "none"}`);
  const { threshold, ratio, absence, anomaly } = condition;
  const metrics = {
    "threshold.metric": threshold?.metric,
    "ratio.numerator": ratio?.numerator,
    "ratio.denominator": ratio?.denominator,
    "absence.metric": absence?.metric,
    "anomaly.metric": anomaly?.metric,
  };
  for (const [part, metric] of Object.entries(metrics)) {
    for (const [index, text] of (metric?.matchers ?? []).entries()) {
      if (!parseMatcher(text))
        report(`condition.${part}.matchers[${index}]`, 'must be a matcher such as status=~"5.."');
    }
  }
  for (const [kind, entry] of Object.entries({ threshold, ratio, absence, anomaly })) {
    if (entry && parseDuration(entry.over) === 0) report(`condition.${kind}.over`, "must be longer than 0");
  }
  for (const [kind, entry] of Object.entries({ threshold, ratio })) {
    if (!entry || entry.until === undefined) continue;
    const { op, value, until } = entry;
    const isOnItsSide = op.startsWith(">") ? until <= value : op.startsWith("<") && until >= value;
    if (!isOnItsSide) report(`condition.${kind}.until`, `must be on the calm side of ${op} ${value}`);
  }
  if (threshold?.by && /^p\d/.test(threshold.function) && !/^m/.test(threshold.combine ?? "sum")) {
    report("condition.threshold.combine", "percentiles of several series have no sum or average; take max or min");
  }
}
