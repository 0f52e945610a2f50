import { type AlertRule, ruleKey } from "@footfall/metrics/alerts";
import { renderQuery } from "@footfall/service-logs";
import { chartQuery, lookBackMs } from "./describe-rule.ts";

type Labels = Readonly<Record<string, string>>;

/** Where an operator looks next: log lines and the metric's course, from a little before an alert to a little after. */
export interface RelatedViews {
  readonly fromMs: number;
  /** Absent: the alert goes on. */
  readonly toMs?: number;
  /** A query for the page of logs. */
  readonly logsQuery: string;
  /** A query for the page of metrics; absent where the rule is gone or about no metric. */
  readonly chartQuery?: string;
}

export interface AlertLife {
  /** As `ruleKey` names it. */
  readonly rule: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly beganMs: number;
  readonly endedMs?: number;
}

const marginMs = 60_000;

export function relatedViews(rules: readonly AlertRule[], alert: AlertLife): RelatedViews {
  const rule = rules.find((each) => ruleKey(each) === alert.rule);
  const query = rule && chartQuery(rule, alert.labels);
  return {
    // What the condition looked back at belongs to what caused it.
    fromMs: alert.beganMs - (rule ? lookBackMs(rule) : 0) - marginMs,
    ...(alert.endedMs !== undefined && { toMs: alert.endedMs + marginMs }),
    logsQuery: logsQuery(alert),
    ...(query !== undefined && { chartQuery: query }),
  };
}

/** The annotation `logs`, else what the alert's job logged; an alert of no job is about all of them. */
function logsQuery({ labels, annotations }: AlertLife): string {
  const { logs } = annotations;
  if (logs !== undefined && logs.trim() !== "") return logs;
  const { job } = labels;
  if (job === undefined) return "level:>=warn";
  const test = { kind: "value", text: job, openStart: false, openEnd: false } as const;
  return renderQuery({ kind: "field", field: "service", test });
}
