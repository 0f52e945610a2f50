import { type AlertRecord, type EndedAlert, toJsonNumber } from "./alert-state.ts";
import type { Judgement } from "./judgement.ts";
import type { Labels } from "./label-matcher.ts";
import type { AlertRule } from "./rule-file.ts";

/** A judgement of one alert: its labels are the alert's, not the series'. */
export interface SeenAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly verdict: Judgement["verdict"];
  readonly value?: number;
}

export interface AlertTransition {
  readonly fingerprint: string;
  readonly episode: string;
  readonly rule: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly value?: AlertRecord["value"];
  readonly from: "inactive" | "pending" | "firing";
  readonly to: "pending" | "firing" | "resolved" | "inactive";
  /** End of the window that showed it. */
  readonly atMs: number;
  /** Why it is over, where it is not because the condition no longer holds. */
  readonly reason?: EndReason;
}

export type EndReason = "no data" | "rule removed";

export interface AlertStep {
  /** undefined: nothing to remember. */
  readonly record?: AlertRecord;
  readonly ended?: EndedAlert;
  readonly transition?: AlertTransition;
}

/**
 * Takes an alert past one judgement.
 *
 * - inactive → pending: the first window in which the condition is true; its end is `activeAtMs`.
 * - pending → inactive: it is not true once. pending → firing: it was seen to hold for `for`.
 * - firing → resolved: it was seen not to hold, not even past the lower limit, for `keep_firing_for`.
 * - No data changes nothing, but time without data counts neither for `for` nor for `keep_firing_for`; after
 *   `no_data_for` the alert ends with that reason.
 */
export function advanceAlert(
  before: AlertRecord | undefined,
  seen: SeenAlert,
  rule: AlertRule,
  atMs: number,
): AlertStep {
  if (seen.verdict === "no data") return withoutData(before, seen.fingerprint, rule, atMs);
  const isActive = before !== undefined && before.state !== "calm";
  if (!isActive) return seen.verdict === "true" ? begin(before, seen, rule, atMs) : calm(before, rule, atMs);
  // Time that nobody observed is no time in which the condition held, nor one in which it did not.
  const sinceMs = atMs - before.seenAtMs;
  const observedMs = before.noDataSinceMs === undefined && sinceMs <= rule.intervalMs ? Math.max(0, sinceMs) : 0;
  const record = present(before, seen, atMs);
  if (before.state === "pending") {
    if (seen.verdict !== "true") return endAlert(record, seen.fingerprint, atMs, { rule });
    record.heldMs += observedMs;
    return record.heldMs < rule.forMs ? { record } : fire(record, seen.fingerprint, rule, atMs, "pending");
  }
  if (seen.verdict !== "false") {
    delete record.clearMs;
    return { record };
  }
  record.clearMs = before.clearMs === undefined ? 0 : before.clearMs + observedMs;
  if (record.clearMs < clearForMs(record, rule, atMs)) return { record };
  return endAlert(record, seen.fingerprint, atMs, { rule });
}

/** Ends an alert; only one that fires is said to be resolved. */
export function endAlert(
  record: AlertRecord,
  fingerprint: string,
  atMs: number,
  { rule, reason }: { rule?: AlertRule; reason?: EndReason },
): AlertStep {
  if (record.state === "calm") return {};
  const { labels, annotations, value, episode, firedAtMs } = record;
  const told = { fingerprint, labels, annotations, ...(value !== undefined && { value }), ...(reason && { reason }) };
  const rest = rule ? calm(record, rule, atMs) : {};
  const transition = { ...told, episode, rule: record.rule, from: record.state, atMs };
  if (record.state === "pending" || firedAtMs === undefined) {
    return { ...rest, transition: { ...transition, to: "inactive" } };
  }
  return { ...rest, ended: { ...told, firedAtMs, endedAtMs: atMs }, transition: { ...transition, to: "resolved" } };
}

function begin(before: AlertRecord | undefined, seen: SeenAlert, rule: AlertRule, atMs: number): AlertStep {
  const record = present(
    {
      rule: ruleKey(rule),
      labels: { ...seen.labels },
      annotations: {},
      state: "pending",
      episode: `${seen.fingerprint}-${atMs}`,
      activeAtMs: atMs,
      heldMs: 0,
      seenAtMs: atMs,
      ...(before?.firingsMs && { firingsMs: before.firingsMs }),
    },
    seen,
    atMs,
  );
  if (rule.forMs === 0) return fire(record, seen.fingerprint, rule, atMs, "inactive");
  return { record, transition: transitionOf(record, seen.fingerprint, "inactive", "pending", atMs) };
}

function fire(
  record: AlertRecord,
  fingerprint: string,
  rule: AlertRule,
  atMs: number,
  from: "inactive" | "pending",
): AlertStep {
  record.state = "firing";
  record.firedAtMs = atMs;
  if (rule.flapping) record.firingsMs = [...(record.firingsMs ?? []), atMs].slice(-rule.flapping.episodes);
  return { record, transition: transitionOf(record, fingerprint, from, "firing", atMs) };
}

function withoutData(before: AlertRecord | undefined, fingerprint: string, rule: AlertRule, atMs: number): AlertStep {
  if (!before || before.state === "calm") return calm(before, rule, atMs);
  const noDataSinceMs = before.noDataSinceMs ?? atMs;
  const record = { ...before, noDataSinceMs };
  if (atMs - noDataSinceMs < rule.noDataForMs) return { record };
  return endAlert(record, fingerprint, atMs, { rule, reason: "no data" });
}

/** What is left of an alert that is over: when it fired, while that counts. */
function calm(before: AlertRecord | undefined, rule: AlertRule, atMs: number): AlertStep {
  const { flapping } = rule;
  const firingsMs = flapping && before?.firingsMs?.filter((firedMs) => atMs - firedMs <= flapping.withinMs);
  return before && firingsMs?.length ? { record: { ...before, state: "calm", firingsMs } } : {};
}

function clearForMs(record: AlertRecord, { flapping, keepFiringForMs }: AlertRule, atMs: number): number {
  if (!flapping) return keepFiringForMs;
  const firings = (record.firingsMs ?? []).filter((firedMs) => atMs - firedMs <= flapping.withinMs);
  return firings.length < flapping.episodes ? keepFiringForMs : Math.max(keepFiringForMs, flapping.keepFiringForMs);
}

/** A new record with what was seen; texts and value stay those of the last time that the condition held. */
function present(before: AlertRecord, seen: SeenAlert, atMs: number): AlertRecord {
  const { noDataSinceMs: _, ...record } = before;
  record.seenAtMs = atMs;
  if (seen.verdict === "false") return record;
  record.annotations = { ...seen.annotations };
  if (seen.value === undefined) delete record.value;
  else record.value = toJsonNumber(seen.value);
  return record;
}

function transitionOf(
  record: AlertRecord,
  fingerprint: string,
  from: AlertTransition["from"],
  to: AlertTransition["to"],
  atMs: number,
): AlertTransition {
  const { episode, rule, labels, annotations, value } = record;
  return { fingerprint, episode, rule, labels, annotations, ...(value !== undefined && { value }), from, to, atMs };
}

/** Names a rule in its records. Rules of one name differ in their labels (severity, mostly). */
export function ruleKey({ group, name, labels }: AlertRule): string {
  return [
    `${group}/${name}`,
    ...Object.keys(labels)
      .sort()
      .map((label) => `${label}=${labels[label]}`),
  ].join(" ");
}
