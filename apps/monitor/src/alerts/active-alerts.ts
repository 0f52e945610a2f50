import { type AlertRule, type InhibitRule, isInhibited, matchesLabels, ruleKey } from "@footfall/metrics/alerts";
import { describeRule } from "./describe-rule.ts";
import { readAlerts } from "./read-alerts.ts";
import { relatedViews } from "./related-views.ts";

export interface ActiveAlertsOptions {
  readonly folder: string;
  readonly rules: readonly AlertRule[];
  readonly inhibitRules: readonly InhibitRule[];
}

/** More are not shown; those are left out that matter least. */
const shownMax = 500;
const severities = ["critical", "error", "warning", "info"];

/** What is pending and fires, the severest first, with what mutes it and where to look next. */
export async function activeAlerts({ folder, rules, inhibitRules }: ActiveAlertsOptions, nowMs: number) {
  const { alerts, silences, windowEndMs } = await readAlerts(folder, nowMs);
  const firing = alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels);
  const inForce = silences.filter(({ startsAtMs }) => startsAtMs <= nowMs);
  const wordsByRule = new Map(rules.map((rule) => [ruleKey(rule), describeRule(rule)]));
  const sorted = [...alerts].sort(
    (a, b) =>
      severityRank(a.labels) - severityRank(b.labels) ||
      Number(b.state === "firing") - Number(a.state === "firing") ||
      a.activeAtMs - b.activeAtMs ||
      (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const shown = sorted.slice(0, shownMax).map((alert) => {
    const { labels, rule, activeAtMs } = alert;
    const words = wordsByRule.get(rule);
    return {
      ...alert,
      silencedBy: inForce.filter(({ matchers }) => matchesLabels(matchers, labels)).map(({ id }) => id),
      isInhibited: isInhibited(labels, inhibitRules, firing),
      ...(words !== undefined && { condition: words }),
      related: relatedViews(rules, { ...alert, beganMs: activeAtMs }),
    };
  });
  return { alerts: shown, total: alerts.length, silences, windowEndMs, nowMs };
}

/** Every rule with the worst state of its alerts, calm ones too. */
export async function rulesWithState({ folder, rules }: ActiveAlertsOptions, nowMs: number) {
  const { alerts, windowEndMs } = await readAlerts(folder, nowMs);
  const listed = rules.map((rule) => {
    const own = alerts.filter((alert) => alert.rule === ruleKey(rule));
    const firing = own.filter(({ state }) => state === "firing").length;
    return {
      rule: ruleKey(rule),
      group: rule.group,
      name: rule.name,
      labels: rule.labels,
      condition: describeRule(rule),
      state: firing > 0 ? "firing" : own.length > 0 ? "pending" : "calm",
      firing,
      pending: own.length - firing,
    };
  });
  return { rules: listed, windowEndMs };
}

function severityRank({ severity }: Readonly<Record<string, string>>): number {
  const rank = severities.indexOf(severity ?? "");
  return rank < 0 ? severities.length : rank;
}
