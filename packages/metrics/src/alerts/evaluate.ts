import { advanceAlert, type AlertTransition, endAlert, ruleKey, type SeenAlert } from "./advance-alert.ts";
import type { AlertRecord, AlertState } from "./alert-state.ts";
import { fingerprint, type Hash } from "./fingerprint.ts";
import { judgeCondition } from "./judge-rule.ts";
import type { Judgement } from "./judgement.ts";
import type { Labels } from "./label-matcher.ts";
import type { MetricReader } from "./metric-reader.ts";
import type { AlertRule } from "./rule-file.ts";
import { fillTemplate } from "./template.ts";

export interface EvaluateOptions {
  /** IANA zone of the "local hour" of anomaly rules. */
  readonly zone: string;
  /** Alerts, and ended ones somebody must still hear of, that are remembered; what is beyond is counted as dropped. */
  readonly alertsMax: number;
  /** FNV-1a, as Prometheus, unless given. */
  readonly hash?: Hash;
}

export interface Evaluation {
  readonly state: AlertState;
  readonly transitions: readonly AlertTransition[];
  readonly dropped: number;
}

/** How far a source of records is read, by event time. */
export interface SourceWatermark {
  readonly labels: Labels;
  readonly watermarkMs: number;
}

/**
 * Judges the rules at the end of a closed window. A function of its arguments: the same windows give the same
 * transitions, after a restart and in a replay. A window that is not after the last one (late data closed it again)
 * changes nothing.
 */
export function evaluate(
  rules: readonly AlertRule[],
  reader: MetricReader,
  state: AlertState,
  windowEndMs: number,
  options: EvaluateOptions,
): Evaluation {
  if (state.windowEndMs !== null && windowEndMs <= state.windowEndMs) return { state, transitions: [], dropped: 0 };
  const round = new Round(state, windowEndMs, options);
  round.endOthersThan(rules);
  for (const rule of rules) {
    if (rule.condition.kind === "watermark" || windowEndMs % rule.intervalMs !== 0) continue;
    round.judge(rule, judgeCondition(rule.condition, reader, windowEndMs, options.zone));
  }
  return round.result({ ...state, windowEndMs });
}

/**
 * Judges the rules of the watermark, which stands still when windows no longer close: the only ones that ask the wall
 * clock. Not for replays.
 */
export function evaluateWatermarks(
  rules: readonly AlertRule[],
  sources: readonly SourceWatermark[],
  state: AlertState,
  nowMs: number,
  options: EvaluateOptions,
): Evaluation {
  const round = new Round(state, nowMs, options);
  for (const rule of rules) {
    const { condition } = rule;
    if (condition.kind !== "watermark") continue;
    const judgements = sources.map(({ labels, watermarkMs }): Judgement => {
      const behindMs = nowMs - watermarkMs;
      return { labels, value: behindMs / 1000, verdict: behindMs > condition.behindMs ? "true" : "false" };
    });
    round.judge(rule, judgements);
  }
  return round.result(state);
}

/** Labels that change while the alert stays the same: they fill in texts, but are no part of its identity. */
const passingLabels = new Set(["version", "value"]);
const verdictOrder = ["no data", "false", "held", "true"];

class Round {
  readonly #atMs: number;
  readonly #options: EvaluateOptions;
  readonly #alerts: Map<string, AlertRecord>;
  readonly #ended: AlertState["ended"];
  readonly #transitions: AlertTransition[] = [];
  #dropped = 0;

  constructor(state: AlertState, atMs: number, options: EvaluateOptions) {
    this.#atMs = atMs;
    this.#options = options;
    this.#alerts = new Map(Object.entries(state.alerts));
    this.#ended = { ...state.ended };
  }

  /** Ends alerts whose rule is gone, or has other labels now. */
  endOthersThan(rules: readonly AlertRule[]): void {
    const ruleKeys = new Set(rules.map(ruleKey));
    for (const [key, record] of this.#alerts) {
      if (ruleKeys.has(record.rule)) continue;
      this.#take(key, endAlert(record, key, this.#atMs, { reason: "rule removed" }), record);
    }
  }

  judge(rule: AlertRule, judgements: readonly Judgement[] | "missing"): void {
    const seen = this.#seenAlerts(rule, judgements === "missing" ? [] : judgements);
    if (rule.noData === "alert" && seen.size === 0) {
      this.#see(seen, rule, { labels: {}, verdict: "true" });
    }
    const ruleOfRecords = ruleKey(rule);
    for (const [key, record] of this.#alerts) {
      if (record.rule !== ruleOfRecords || seen.has(key)) continue;
      const { labels, annotations } = record;
      // The alert about having no data at all is over when there are some.
      const isAboutNoData = rule.noData === "alert" && key === this.#withoutSeries(rule) && seen.size > 0;
      seen.set(key, { fingerprint: key, labels, annotations, verdict: isAboutNoData ? "false" : "no data" });
    }
    for (const [key, alert] of seen) {
      const before = this.#alerts.get(key);
      // "alert" was applied above, to what the rule itself found: a series that vanished is kept.
      const verdict = alert.verdict === "no data" && rule.noData === "ok" ? "false" : alert.verdict;
      this.#take(key, advanceAlert(before, { ...alert, verdict }, rule, this.#atMs), before);
    }
  }

  result(state: AlertState): Evaluation {
    const ended = Object.entries(this.#ended);
    const overflow = Math.max(0, ended.length - this.#options.alertsMax);
    return {
      state: { ...state, alerts: Object.fromEntries(this.#alerts), ended: Object.fromEntries(ended.slice(overflow)) },
      transitions: this.#transitions,
      dropped: this.#dropped + overflow,
    };
  }

  #seenAlerts(rule: AlertRule, judgements: readonly Judgement[]): Map<string, SeenAlert> {
    const seen = new Map<string, SeenAlert>();
    for (const judgement of judgements) {
      const isAlert = judgement.verdict === "no data" && rule.noData === "alert";
      this.#see(seen, rule, isAlert ? { ...judgement, verdict: "true" } : judgement);
    }
    return seen;
  }

  /** Series that are one alert, because they differ in passing labels only: the worst of them counts. */
  #see(seen: Map<string, SeenAlert>, rule: AlertRule, judgement: Judgement): void {
    const labels = alertLabels(rule, judgement.labels);
    const key = fingerprint(labels, this.#options.hash);
    const other = seen.get(key);
    if (other && verdictOrder.indexOf(other.verdict) >= verdictOrder.indexOf(judgement.verdict)) return;
    const { verdict, value } = judgement;
    const annotations = filled(rule.annotations, { ...labels, ...judgement.labels }, value);
    seen.set(key, { fingerprint: key, labels, annotations, verdict, ...(value !== undefined && { value }) });
  }

  #withoutSeries(rule: AlertRule): string {
    return fingerprint(alertLabels(rule, {}), this.#options.hash);
  }

  #take(key: string, step: ReturnType<typeof advanceAlert>, before: AlertRecord | undefined): void {
    if (step.record && !before && this.#alerts.size >= this.#options.alertsMax) {
      this.#dropped += 1;
      return;
    }
    if (step.record) this.#alerts.set(key, step.record);
    else this.#alerts.delete(key);
    if (step.transition) this.#transitions.push(step.transition);
    if (step.ended && step.transition) this.#ended[step.transition.episode] = step.ended;
  }
}

function alertLabels(rule: AlertRule, series: Labels): Labels {
  const own = filled(rule.labels, series, undefined);
  const labels = Object.entries({ ...series, ...own, alertname: rule.name });
  return Object.fromEntries(labels.filter(([name, text]) => text !== "" && !passingLabels.has(name)));
}

function filled(texts: Labels, labels: Labels, value: number | undefined): Labels {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, fillTemplate(text, labels, value)]));
}
