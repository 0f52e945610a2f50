import { describe, expect, test } from "vitest";
import { noAlerts, restoreAlertState } from "../../src/alerts/alert-state.ts";
import { evaluate, evaluateWatermarks } from "../../src/alerts/evaluate.ts";
import { firingAlerts } from "../../src/alerts/notices/notified-alert.ts";
import { loadRule, minuteMs, options, readerOf, run, someRules } from "./alerts-fixture.ts";

const series = (instance: string, value: number, more: Record<string, string> = {}) => {
  return { labels: { instance, ...more }, value };
};

describe("states", () => {
  test("pending, firing after `for`, resolved; a new episode has another id", () => {
    const { steps, transitions } = run(someRules(loadRule({ for: "2m" })), [1, 20, 20, 20, 1, 20, 20, 20]);
    expect(steps).toEqual(["pending@2", "firing@4", "resolved@5", "pending@6", "firing@8"]);
    expect(transitions[0]!.episode).toBe(`${transitions[0]!.fingerprint}-${2 * minuteMs}`);
    expect(transitions[3]!.fingerprint).toBe(transitions[0]!.fingerprint);
    expect(new Set(transitions.map(({ episode }) => episode)).size).toBe(2);
  });

  test("without `for` it fires at once; a pending alert that is false once is forgotten", () => {
    expect(run(someRules(loadRule()), [20]).steps).toEqual(["firing@1"]);
    expect(run(someRules(loadRule({ for: "3m" })), [20, 20, 1, 20]).steps).toEqual([
      "pending@1",
      "inactive@3",
      "pending@4",
    ]);
  });

  test("`keep_firing_for` and the lower limit each keep an alert (alertmanager#1546, #204)", () => {
    const kept = run(someRules(loadRule({ keep_firing_for: "2m" })), [20, 1, 20, 1, 1, 1]);
    expect(kept.steps).toEqual(["firing@1", "resolved@6"]);
    const threshold = { metric: { name: "load" }, function: "last", over: "1m", op: ">", value: 10, until: 5 };
    const limited = run(someRules({ alert: "Load", condition: { threshold } }), [8, 20, 8, 12, 6, 5, 8]);
    expect(limited.steps).toEqual(["firing@2", "resolved@6"]);
  });

  test("an alert that flaps stays until it was calm for long (alertmanager#1546, #204)", () => {
    const flapping = { episodes: 3, within: "10m", keep_firing_for: "3m" };
    const { steps } = run(someRules(loadRule({ flapping })), [20, 1, 20, 1, 20, 1, 20, 1, 1, 1, 1, 1]);
    expect(steps).toEqual(["firing@1", "resolved@2", "firing@3", "resolved@4", "firing@5", "resolved@11"]);
  });

  test("rules are judged at multiples of their interval only", () => {
    const file = [{ ...someRules(loadRule())[0]!, intervalMs: 2 * minuteMs }];
    expect(run(file, [20, 1, 20, 20]).steps).toEqual(["firing@4"]);
  });

  test("an alert whose rule is removed, or labelled anew, ends and says so", () => {
    const before = run(someRules(loadRule({ labels: { severity: "warning" } })), [20]);
    for (const rules of [[], someRules(loadRule({ labels: { severity: "critical" } }))]) {
      const { transitions } = evaluate(rules, readerOf([20, 20]), before.state, 2 * minuteMs, options);
      expect(transitions[0]).toMatchObject({ to: "resolved", reason: "rule removed" });
    }
  });

  test("rules of one name with other severities do not disturb each other", () => {
    const rules = someRules(loadRule({ for: "2m" }), loadRule({ for: "1m", labels: { severity: "critical" } }));
    expect(run(rules, [20, 20, 20, 1]).steps).toEqual([
      "pending@1",
      "pending@1",
      "firing@2",
      "firing@3",
      "resolved@4",
      "resolved@4",
    ]);
  });
});

describe("no data", () => {
  test("one failed scrape neither resets `for` nor resolves (prometheus#14085, #6816)", () => {
    const rules = someRules(loadRule({ for: "2m" }));
    expect(run(rules, [20, 20, "gone", 20, 20, "gone", 20, 1]).steps).toEqual(["pending@1", "firing@5", "resolved@8"]);
    expect(run(rules, [20, 20, "missing", 20, 20, "missing", 20, 1]).steps).toEqual([
      "pending@1",
      "firing@5",
      "resolved@8",
    ]);
  });

  test("a target that crashes again and again fires by a range of `up` (prometheus#11570, pint#966)", () => {
    const threshold = { metric: { name: "up" }, function: "avg", over: "4m", op: "<", value: 0.8 };
    const [rule] = someRules({ alert: "Unsteady", for: "3m", condition: { threshold } });
    const up = [1, 0, 1, 0, 1, 0, 1, 0];
    const reader = {
      series: (_selector: unknown, _function: unknown, startMs: number, endMs: number) => {
        const values = up.slice(Math.max(0, startMs / minuteMs), endMs / minuteMs);
        return [series("a:1", values.reduce((sum, value) => sum + value, 0) / values.length)];
      },
    };
    let state = noAlerts;
    for (let minute = 1; minute <= up.length; minute += 1) {
      state = evaluate([rule!], reader, state, minute * minuteMs, options).state;
    }
    expect(firingAlerts(state)).toHaveLength(1);
  });

  test("a gap that nobody observed does not fire (VictoriaMetrics#8225)", () => {
    const rules = someRules(loadRule({ for: "5m" }));
    const gap = Array.from({ length: 30 }, () => "missing" as const);
    expect(run(rules, [20, ...gap, 20, 20]).steps).toEqual(["pending@1"]);
    // Also where the monitor itself was away, and no window was judged.
    const before = run(rules, [20]).state;
    const windows = [20, ...gap, 20];
    const { transitions } = evaluate(rules, readerOf(windows), before, windows.length * minuteMs, options);
    expect(transitions).toEqual([]);
  });

  test("data that come late resolve nothing; a window that closes again changes nothing (VictoriaMetrics#4951)", () => {
    const rules = someRules(loadRule());
    const late = run(rules, [20, "missing", "missing", "missing", "missing", "missing", 20]);
    expect(late.steps).toEqual(["firing@1"]);
    const again = evaluate(rules, readerOf([1, 1, 1]), late.state, 3 * minuteMs, options);
    expect(again).toEqual({ state: late.state, transitions: [], dropped: 0 });
  });

  test("an alert without data ends after `no_data_for`, and says why", () => {
    const { transitions } = run(someRules(loadRule({ no_data_for: "3m" })), [20, "gone", "gone", "gone", "gone"]);
    expect(transitions.at(-1)).toMatchObject({ to: "resolved", reason: "no data", atMs: 5 * minuteMs });
  });

  test("policy alert: no data at all is an alert of its own, over when there are some", () => {
    const { steps, transitions } = run(someRules(loadRule({ no_data: "alert" })), [1, "missing", "gone", 1]);
    expect(steps).toEqual(["firing@2", "resolved@4"]);
    expect(transitions[0]!.labels).toEqual({ alertname: "Load" });
  });

  test("policy ok: no data is calm, said aloud", () => {
    expect(run(someRules(loadRule({ no_data: "ok" })), [20, "gone"]).steps).toEqual(["firing@1", "resolved@2"]);
  });

  test("NaN is no data", () => {
    expect(run(someRules(loadRule()), [20, Number.NaN, 20]).steps).toEqual(["firing@1"]);
  });
});

describe("restart", () => {
  test("states, start times and `for` survive (VictoriaMetrics#1686, #6030, #10335)", () => {
    // `run` sends the state through JSON after each window.
    const { state } = run(someRules(loadRule({ for: "2m" })), [20, 20, 20, 30]);
    const [record] = Object.values(restoreAlertState(state)!.alerts);
    expect(record).toMatchObject({ state: "firing", activeAtMs: minuteMs, firedAtMs: 3 * minuteMs, value: 30 });
    expect(restoreAlertState({ ...state, version: 2 })).toBeUndefined();
    expect(restoreAlertState(null)).toBeUndefined();
  });

  test("infinite values survive", () => {
    const { state } = run(someRules(loadRule()), [Number.POSITIVE_INFINITY]);
    expect(Object.values(state.alerts)[0]!.value).toBe("+Inf");
  });
});

describe("identity", () => {
  test("a version or value that changes is the same alert, with new texts", () => {
    const annotations = { summary: "{{ $labels.version }} has {{ $value }}" };
    const rules = someRules(loadRule({ for: "1m", annotations }));
    const { steps, state } = run(rules, [
      [series("a:1", 20, { version: "1" })],
      [series("a:1", 3210, { version: "2" })],
    ]);
    expect(steps).toEqual(["pending@1", "firing@2"]);
    const [alert] = firingAlerts(state);
    expect(alert!.labels).toEqual({ alertname: "Load", instance: "a:1" });
    expect(alert!.annotations).toEqual({ summary: "2 has 3.21k" });
  });

  test("two versions of one instance in one window are one alert, the worst counts", () => {
    const both = [series("a:1", 20, { version: "1" }), series("a:1", 1, { version: "2" })];
    for (const window of [both, both.toReversed()]) {
      expect(run(someRules(loadRule()), [window]).state.alerts).toMatchObject({
        [firingAlerts(run(someRules(loadRule()), [window]).state)[0]!.fingerprint]: { value: 20 },
      });
    }
  });

  test("more alerts than the bound are counted, those that fire stay", () => {
    const rules = someRules(loadRule());
    const many = Array.from({ length: 5 }, (_, index) => series(`a:${index}`, 20));
    const first = evaluate(rules, readerOf([many]), noAlerts, minuteMs, { ...options, alertsMax: 3 });
    expect([Object.keys(first.state.alerts).length, first.transitions.length, first.dropped]).toEqual([3, 3, 2]);
  });
});

test("rules of the watermark are judged by the wall clock, and by nothing else", () => {
  const rules = someRules({ alert: "Behind", for: "1m", condition: { watermark: { behind: "5m" } } });
  expect(run(rules, [1, 1]).steps).toEqual([]);
  const sources = [
    { labels: { partition: "0" }, watermarkMs: 0 },
    { labels: { partition: "1" }, watermarkMs: 5 * minuteMs },
  ];
  const first = evaluateWatermarks(rules, sources, noAlerts, 6 * minuteMs, options);
  const second = evaluateWatermarks(rules, sources, first.state, 7 * minuteMs, options);
  expect(second.transitions).toMatchObject([{ to: "firing", labels: { partition: "0" }, value: 420 }]);
  const caughtUp = sources.map((source) => ({ ...source, watermarkMs: 7 * minuteMs }));
  expect(evaluateWatermarks(rules, caughtUp, second.state, 8 * minuteMs, options).transitions).toMatchObject([
    { to: "resolved" },
  ]);
});
