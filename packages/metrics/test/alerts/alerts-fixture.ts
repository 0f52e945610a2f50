import { noAlerts, type AlertState } from "../../src/alerts/alert-state.ts";
import { evaluate } from "../../src/alerts/evaluate.ts";
import type { AlertTransition } from "../../src/alerts/advance-alert.ts";
import type { MetricReader, SeriesValue } from "../../src/alerts/metric-reader.ts";
import { decideNotices, noteSent, type Notice, type NoticeSettings } from "../../src/alerts/notices/decide-notices.ts";
import { type AlertRule, parseRules } from "../../src/alerts/rule-file.ts";

export const minuteMs = 60_000;
export const options = { zone: "UTC", alertsMax: 1000 };

/** Rules of one group with an interval of a minute. */
export function someRules(...rules: readonly Record<string, unknown>[]): AlertRule[] {
  const parsed = parseRules({ groups: [{ name: "group", rules }] });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.rules;
}

/** True while metric `load` is above 10. */
export function loadRule(more: Record<string, unknown> = {}): Record<string, unknown> {
  const threshold = { metric: { name: "load" }, function: "last", over: "1m", op: ">", value: 10 };
  return { alert: "Load", condition: { threshold }, ...more };
}

/** What one window holds: a value of one series, several series, nothing of them, or nobody looked. */
export type Window = number | readonly SeriesValue[] | "gone" | "missing";

/** Window n ends at minute n + 1. */
export function readerOf(windows: readonly Window[]): MetricReader {
  return {
    series(_selector, _function, _startMs, endMs) {
      const window = windows[endMs / minuteMs - 1] ?? "missing";
      if (window === "missing") return window;
      if (window === "gone") return [];
      return typeof window === "number" ? [{ labels: { instance: "a:1" }, value: window }] : window;
    },
  };
}

/** Judges each window, with the state through JSON between them, as after a restart. */
export function run(rules: readonly AlertRule[], windows: readonly Window[], start: AlertState = noAlerts) {
  let state = start;
  const transitions: AlertTransition[] = [];
  for (let minute = 1; minute <= windows.length; minute += 1) {
    const result = evaluate(rules, readerOf(windows), state, minute * minuteMs, options);
    state = JSON.parse(JSON.stringify(result.state)) as AlertState;
    transitions.push(...result.transitions);
  }
  return { state, transitions, steps: transitions.map(({ to, atMs }) => `${to}@${atMs / minuteMs}`) };
}

export const route = {
  receiver: "mail",
  matchers: [],
  groupBy: ["alertname"],
  groupWaitMs: 0,
  groupIntervalMs: 0,
  repeatIntervalMs: 1e12,
  routes: [],
};

export const settings: NoticeSettings = { route, inhibitRules: [], silences: [], isReplay: false };

/** Decides, and notes all as sent. */
export function send(state: AlertState, nowMs: number, given: Partial<NoticeSettings> = {}) {
  const decided = decideNotices(state, { ...settings, ...given }, nowMs);
  const after = decided.notices.reduce((sent, { key }) => noteSent(sent, key, nowMs), decided.state);
  return { state: after, said: saidIn(decided.notices) };
}

export function saidIn(notices: readonly Notice[]): string[] {
  return notices.flatMap(({ receiver, alerts }) => alerts.map(({ status }) => `${receiver} ${status}`));
}
