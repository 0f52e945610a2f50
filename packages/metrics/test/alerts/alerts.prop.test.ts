import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type AlertState, noAlerts, restoreAlertState } from "../../src/alerts/alert-state.ts";
import type { AlertTransition } from "../../src/alerts/advance-alert.ts";
import { evaluate } from "../../src/alerts/evaluate.ts";
import { decideNotices, noteSent } from "../../src/alerts/notices/decide-notices.ts";
import { minuteMs, options, readerOf, settings, someRules, type Window } from "./alerts-fixture.ts";

const runs = { numRuns: 400 };
// Above the limit, between the limits, below both; no series; nobody looked.
const someWindows = fc.array(fc.constantFrom<Window>(20, 20, 8, 1, "gone", "missing"), { maxLength: 40 });
const someMinutes = fc.integer({ min: 0, max: 4 });

function rulesWith(forMinutes: number, keepMinutes: number) {
  const threshold = { metric: { name: "load" }, function: "last", over: "1m", op: ">", value: 10, until: 5 };
  return someRules({
    alert: "Load",
    condition: { threshold },
    for: `${forMinutes}m`,
    keep_firing_for: `${keepMinutes}m`,
    no_data_for: "6m",
  });
}

/**
 * The states by definition, from the whole history each time. Time counts between two neighbouring windows that both
 * had data; an alert holds from its first true window for as long as every window with data was true.
 */
function expectedSteps(windows: readonly Window[], forMinutes: number, keepMinutes: number): string[] {
  const steps: string[] = [];
  const hasData = (window: Window | undefined) => typeof window === "number";
  /** Minutes observed from window `from` to window `to`. */
  const observed = (from: number, to: number) => {
    let minutes = 0;
    for (let at = from + 1; at <= to; at += 1) if (hasData(windows[at]) && hasData(windows[at - 1])) minutes += 1;
    return minutes;
  };
  const blindFor = (to: number) => {
    let minutes = 0;
    while (minutes < to && !hasData(windows[to - 1 - minutes])) minutes += 1;
    return minutes;
  };
  let state = "inactive";
  let since = 0;
  let clearSince = -1;
  windows.forEach((window, at) => {
    const enter = (next: string) => {
      steps.push(`${next}@${at + 1}`);
      state = next;
      clearSince = -1;
    };
    const isActive = state === "pending" || state === "firing";
    if (typeof window !== "number") {
      if (isActive && blindFor(at) >= 6) enter(state === "firing" ? "resolved" : "inactive");
    } else if (!isActive) {
      if (window === 20) {
        since = at;
        enter(forMinutes === 0 ? "firing" : "pending");
      }
    } else if (state === "pending") {
      if (window !== 20) enter("inactive");
      else if (observed(since, at) >= forMinutes) enter("firing");
    } else if (window === 1) {
      if (clearSince < 0) clearSince = at;
      if (observed(clearSince, at) >= keepMinutes) enter("resolved");
    } else clearSince = -1;
  });
  return steps;
}

test("transitions are those by definition, with restarts anywhere and windows that close again", () => {
  fc.assert(
    fc.property(someWindows, someMinutes, someMinutes, fc.infiniteStream(fc.nat(9)), (windows, held, keep, dice) => {
      const rules = rulesWith(held, keep);
      const reader = readerOf(windows);
      let state: AlertState = noAlerts;
      const transitions: AlertTransition[] = [];
      for (let minute = 1; minute <= windows.length; minute += 1) {
        const result = evaluate(rules, reader, state, minute * minuteMs, options);
        transitions.push(...result.transitions);
        ({ state } = result);
        const chance = dice.next().value;
        if (chance === 0) state = restoreAlertState(JSON.parse(JSON.stringify(state)))!;
        if (chance === 1) {
          const late = evaluate(rules, readerOf([]), state, Math.max(1, minute - 2) * minuteMs, options);
          expect(late.state).toBe(state);
        }
      }
      const steps = transitions.map(({ to, atMs }) => `${to}@${atMs / minuteMs}`);
      expect(steps).toEqual(expectedSteps(windows, held, keep));
      // No firing without `for` held.
      const activeAt = new Map(transitions.filter(({ from }) => from === "inactive").map((t) => [t.episode, t.atMs]));
      for (const { to, episode, atMs } of transitions) {
        if (to === "firing") expect(atMs - activeAt.get(episode)!).toBeGreaterThanOrEqual(held * minuteMs);
      }
    }),
    runs,
  );
}, 60_000);

/**
 * What happens between two windows: decide, and then perhaps crash before, or after, the message is out, or its note.
 */
const someEvent = fc.record({
  window: fc.constantFrom<Window>(20, 20, 1, 1, "gone"),
  outcome: fc.constantFrom("noted", "noted", "delivered", "failed", "asleep"),
  isSilenced: fc.boolean(),
  isRestarted: fc.boolean(),
});

test("each resolved notice follows a firing notice that was sent, none is missing, and episodes do not overlap", () => {
  fc.assert(
    fc.property(fc.array(someEvent, { maxLength: 40 }), fc.integer({ min: 0, max: 3 }), (events, intervalMinutes) => {
      const rules = rulesWith(1, 0);
      const windows = events.map(({ window }) => window);
      const route = { ...settings.route, groupWaitMs: minuteMs, groupIntervalMs: intervalMinutes * minuteMs };
      const silences = [{ id: "s", matchers: [], startsAtMs: 0, endsAtMs: 1e15, createdBy: "ops", comment: "x" }];
      let state: AlertState = noAlerts;
      const delivered: string[] = [];
      const noted = new Set<string>();
      const tell = (outcome: string, isSilenced: boolean, nowMs: number) => {
        const decided = decideNotices(state, { ...settings, route, silences: isSilenced ? silences : [] }, nowMs);
        ({ state } = decided);
        for (const { key, alerts } of outcome === "failed" ? [] : decided.notices) {
          delivered.push(...alerts.map((alert) => alert.key));
          if (outcome !== "noted") continue;
          for (const alert of alerts) noted.add(alert.key);
          state = noteSent(state, key, nowMs);
        }
      };
      events.forEach(({ outcome, isSilenced, isRestarted }, index) => {
        const endMs = (index + 1) * minuteMs;
        ({ state } = evaluate(rules, readerOf(windows), state, endMs, options));
        if (outcome !== "asleep") tell(outcome, isSilenced, endMs);
        if (isRestarted) state = restoreAlertState(JSON.parse(JSON.stringify(state)))!;
      });
      // The sun comes out: calm windows, and messages that go out.
      for (let extra = 1; extra <= 20; extra += 1) {
        const endMs = (events.length + extra) * minuteMs;
        ({ state } = evaluate(
          rules,
          readerOf([...windows, ...new Array<Window>(extra).fill(1)]),
          state,
          endMs,
          options,
        ));
        tell("noted", false, endMs);
      }
      for (const [index, key] of delivered.entries()) {
        const firingKey = key.replace(/resolved$/, "firing");
        if (key.endsWith("-resolved")) {
          expect(delivered.slice(0, index)).toContain(firingKey);
          expect(noted).toContain(firingKey);
        } else expect(delivered).toContain(key.replace(/firing$/, "resolved"));
      }
      // Who knows alerts by fingerprint hears the end of an episode before the beginning of the next.
      const order = [...new Set(delivered)].map((key) => key.split("-").at(-1));
      expect(order).toEqual(order.map((_, index) => (index % 2 === 0 ? "firing" : "resolved")));
      expect(state).toMatchObject({ alerts: {}, ended: {}, groups: {} });
    }),
    runs,
  );
}, 60_000);
