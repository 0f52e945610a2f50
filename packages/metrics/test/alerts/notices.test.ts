import { describe, expect, test } from "vitest";
import type { AlertState } from "../../src/alerts/alert-state.ts";
import { decideNotices, noteSent } from "../../src/alerts/notices/decide-notices.ts";
import type { Silence } from "../../src/alerts/notices/mute.ts";
import { parseNoticeSettings, parseSilence } from "../../src/alerts/notices/notice-settings.ts";
import { loadRule, minuteMs, route, run, saidIn, send, settings, someRules, type Window } from "./alerts-fixture.ts";

const rules = someRules(loadRule());
const calmAfter = (state: AlertState) => goOn(state, [1]);

/** Windows after those that the state has seen. */
function goOn(state: AlertState, windows: readonly Window[], given = rules): AlertState {
  const seen = Array.from({ length: (state.windowEndMs ?? 0) / minuteMs }, () => "missing" as const);
  return run(given, [...seen, ...windows], state).state;
}

const silence = (startsAtMs: number, endsAtMs: number, name = "alertname", value = "Load"): Silence => {
  return { id: "s", matchers: [{ name, op: "=", value }], startsAtMs, endsAtMs, createdBy: "ops", comment: "known" };
};

describe("what is owed", () => {
  test("resolved while silenced is still said (alertmanager#226, #2805)", () => {
    const told = send(run(rules, [20]).state, 0);
    expect(told.said).toEqual(["mail firing"]);
    const silences = [silence(1, 1000)];
    // Long after its group had anything to say.
    const muted = send(told.state, 500, { silences });
    expect(muted.said).toEqual([]);
    expect(send(calmAfter(muted.state), 600, { silences }).said).toEqual(["mail resolved"]);
  });

  test("an alert that was never told of is not said to be resolved (alertmanager#878, #2398)", () => {
    const silences = [silence(0, 1000)];
    const muted = send(run(rules, [20]).state, 0, { silences });
    expect(muted.said).toEqual([]);
    const after = send(calmAfter(muted.state), 1, { silences });
    expect(after.said).toEqual([]);
    expect(after.state.ended).toEqual({});
    expect(send(run(rules, [20, 1]).state, 0).said).toEqual([]);
  });

  test("no resolved notice goes missing, however often sending fails (alertmanager#2784, #2265)", () => {
    const told = send(run(rules, [20]).state, 0);
    let state = calmAfter(told.state);
    const keys = new Set<string>();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const decided = decideNotices(state, settings, attempt);
      expect(saidIn(decided.notices)).toEqual(["mail resolved"]);
      keys.add(decided.notices[0]!.key);
      // A restart in between.
      state = JSON.parse(JSON.stringify(decided.state)) as AlertState;
    }
    expect(keys.size).toBe(1);
    const sent = noteSent(state, [...keys][0]!, 6);
    expect(sent.ended).toEqual({});
    expect(decideNotices(sent, settings, 7).notices).toEqual([]);
  });

  test("where nobody knows whether a firing notice went out, it goes again before the resolved one", () => {
    const offered = decideNotices(run(rules, [20]).state, settings, 0);
    const first = send(calmAfter(offered.state), 1);
    expect(first.said).toEqual(["mail firing"]);
    expect(send(first.state, 2).said).toEqual(["mail resolved"]);
  });

  test("a new episode waits until the one before it is told to the end", () => {
    const offered = decideNotices(run(rules, [20]).state, settings, 0);
    let state = goOn(offered.state, [1, 20]);
    const said: string[] = [];
    for (let nowMs = 1; nowMs < 4; nowMs += 1) {
      const decided = send(state, nowMs);
      said.push(...decided.said);
      state = decided.state;
    }
    expect(said).toEqual(["mail firing", "mail resolved", "mail firing"]);
  });

  test("a silence that ends lets the alert speak", () => {
    const silences = [silence(0, 1000)];
    const muted = send(run(rules, [20]).state, 999, { silences });
    expect(send(muted.state, 1000, { silences }).said).toEqual(["mail firing"]);
  });

  test("a replay tells nobody and forgets what nobody heard of", () => {
    const replayed = send(run(rules, [20, 1, 20]).state, 0, { isReplay: true });
    expect(replayed.said).toEqual([]);
    expect(replayed.state.ended).toEqual({});
    expect(send(replayed.state, 1).said).toEqual(["mail firing"]);
  });

  test("a receiver that is no longer in the tree is owed nothing", () => {
    const told = send(run(rules, [20]).state, 0);
    const other = send(calmAfter(told.state), 1, { route: { ...route, receiver: "chat" } });
    expect([other.said, other.state.groups, other.state.ended]).toEqual([[], {}, {}]);
  });

  test("a key that is unknown, or of an older offer, marks nothing as sent", () => {
    const decided = decideNotices(run(rules, [20]).state, settings, 0);
    expect(noteSent(decided.state, "other", 1)).toEqual(decided.state);
  });
});

describe("groups", () => {
  const many = (...instances: readonly string[]): Window => {
    return instances.map((instance) => ({ labels: { instance }, value: 20 }));
  };
  const timed = { route: { ...route, groupWaitMs: 30, groupIntervalMs: 300, repeatIntervalMs: 4000 } };

  test("waits for more, then speaks at intervals, and repeats", () => {
    let state = run(rules, [many("a", "b")]).state;
    const sayAt = (nowMs: number) => {
      const decided = send(state, nowMs, timed);
      state = decided.state;
      return decided.said.length;
    };
    expect([0, 29, 30, 31, 400].map(sayAt)).toEqual([0, 0, 2, 0, 0]);
    state = goOn(state, [many("a", "b", "c")]);
    expect([401].map(sayAt)).toEqual([3]);
    state = goOn(state, [many("a", "b", "c", "d")]);
    expect([402, 700, 701, 702, 4700, 4701].map(sayAt)).toEqual([0, 0, 4, 0, 0, 4]);
  });

  test("a repetition has another key, an attempt again the same one", () => {
    const fire = run(rules, [20]).state;
    const first = decideNotices(fire, settings, 0);
    const again = decideNotices(first.state, settings, 1);
    expect(again.notices[0]!.key).toBe(first.notices[0]!.key);
    const sent = noteSent(again.state, again.notices[0]!.key, 2);
    expect(decideNotices(sent, settings, 2e12).notices[0]!.key).not.toBe(first.notices[0]!.key);
  });

  test("an alert that comes back soon waits for the group's interval", () => {
    const soon = { route: { ...timed.route, groupWaitMs: 0 } };
    const told = send(run(rules, [20]).state, 0, soon);
    const over = send(calmAfter(told.state), 300, soon);
    expect(over.said).toEqual(["mail resolved"]);
    const back = goOn(over.state, [20]);
    expect(send(back, 301, soon).said).toEqual([]);
    expect(send(back, 600, soon).said).toEqual(["mail firing"]);
  });

  test("routes: the first child that matches takes the alert, with what its parent says", () => {
    const parsed = parseNoticeSettings({
      route: {
        receiver: "mail",
        group_by: ["alertname"],
        group_wait: "0",
        routes: [
          { matchers: ['severity="critical"'], receiver: "pager", routes: [{ matchers: ["team=~web|shop"] }] },
          { matchers: ["severity=critical"], receiver: "never" },
        ],
      },
    });
    if ("problems" in parsed || !parsed.route) throw new Error("refused");
    const labelled = someRules(
      loadRule({ labels: { severity: "critical", team: "web" } }),
      loadRule({ labels: { severity: "warning" } }),
    );
    const { route: own, inhibitRules } = parsed;
    const { notices } = decideNotices(run(labelled, [20]).state, { ...settings, route: own, inhibitRules }, 0);
    expect(notices.map(({ receiver }) => receiver).sort()).toEqual(["mail", "pager"]);
    expect(notices[0]!.groupLabels).toEqual({ alertname: "Load" });
    expect(parsed.route.routes[0]!.routes[0]).toMatchObject({ receiver: "pager", groupBy: ["alertname"] });
  });

  test("all that is wrong with routes and silences is said at once", () => {
    expect(parseNoticeSettings({ route: { matchers: ["?"], routes: [{ matchers: ['a=~"("'] }] } })).toEqual({
      problems: [
        { place: "route.receiver", message: "is missing" },
        { place: "route.matchers[0]", message: expect.stringContaining("must be a matcher") as string },
        { place: "route.routes[0].matchers[0]", message: expect.stringContaining("must be a matcher") as string },
      ],
    });
    expect(parseNoticeSettings({})).toEqual({ inhibitRules: [] });
    expect(parseNoticeSettings({ rout: { receiver: "mail" } })).toHaveProperty("problems");
    const posted = { id: "1", matchers: ["a=b"], startsAtMs: 1, endsAtMs: 1, createdBy: "ops", comment: "x" };
    expect(parseSilence(posted)).toEqual({ problems: [{ place: "endsAtMs", message: "must be after startsAtMs" }] });
    expect(parseSilence({ ...posted, endsAtMs: 2, matchers: [] })).toHaveProperty("problems");
    expect(parseSilence({ ...posted, endsAtMs: 2 })).toMatchObject({ silence: { matchers: [{ op: "=" }] } });
  });
});

describe("inhibition", () => {
  const matcher = (value: string) => [{ name: "severity", op: "=" as const, value }];
  const inhibitRules = [{ source: matcher("critical"), target: matcher("warning"), equal: ["instance", "zone"] }];
  const labelled = someRules(
    loadRule({ labels: { severity: "critical" } }),
    loadRule({ alert: "Slow", labels: { severity: "warning" } }),
  );
  const alertsOf = (state: AlertState, given = {}) => {
    return decideNotices(state, { ...settings, ...given }, 0).notices.flatMap(({ alerts }) => {
      return alerts.map(({ labels }) => `${labels["alertname"]} ${labels["instance"]}`);
    });
  };

  test("a source mutes targets with equal labels; a label that both lack is equal", () => {
    const { state } = run(labelled, [20]);
    expect(alertsOf(state)).toEqual(["Load a:1", "Slow a:1"]);
    expect(alertsOf(state, { inhibitRules })).toEqual(["Load a:1"]);
    const own = someRules(
      loadRule({ labels: { severity: "critical", zone: "1" } }),
      loadRule({ alert: "Slow", labels: { severity: "warning" } }),
    );
    expect(alertsOf(run(own, [20]).state, { inhibitRules })).toEqual(["Load a:1", "Slow a:1"]);
  });

  test("a silenced source still mutes; an alert does not mute itself", () => {
    const { state } = run(labelled, [20]);
    expect(alertsOf(state, { inhibitRules, silences: [silence(0, 1)] })).toEqual([]);
    const both = [{ source: matcher("critical"), target: matcher("critical"), equal: [] }];
    expect(alertsOf(state, { inhibitRules: both })).toEqual(["Load a:1", "Slow a:1"]);
  });
});
