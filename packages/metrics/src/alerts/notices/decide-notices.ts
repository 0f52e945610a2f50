import type { AlertState, NoticeGroup } from "../alert-state.ts";
import { fnv1a64 } from "../fingerprint.ts";
import type { Labels } from "../label-matcher.ts";
import { type InhibitRule, isInhibited, isSilenced, type Silence } from "./mute.ts";
import { byStart, endedAlert, firingAlerts, type NotifiedAlert } from "./notified-alert.ts";
import { groupKey, groupLabels, receiversOf, type Route, routeOf } from "./route.ts";

export interface NoticeSettings {
  readonly route: Route;
  readonly inhibitRules: readonly InhibitRule[];
  readonly silences: readonly Silence[];
  /** A replay judges, and tells nobody. */
  readonly isReplay: boolean;
}

/** One message to one receiver about one group of alerts. */
export interface Notice {
  /** The same when it is sent again because it was not known to be sent; another one for a repetition. */
  readonly key: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly status: "firing" | "resolved";
  /** Resolved ones first; at least one. */
  readonly alerts: readonly NotifiedAlert[];
}

/**
 * What is to be sent now. The state must be stored before sending, and `noteSent` called after: until then the notice
 * comes again, so that each is sent at least once. Whoever was sent that an alert fires is sent that it is over, also
 * if it was silenced meanwhile; nobody else is. `group_wait`, `group_interval` and `repeat_interval` are
 * Alertmanager's, by the wall clock.
 */
export function decideNotices(
  state: AlertState,
  settings: NoticeSettings,
  nowMs: number,
): { readonly state: AlertState; readonly notices: readonly Notice[] } {
  if (settings.isReplay) return { state: forgetToldOf(state), notices: [] };
  const firing = firingAlerts(state);
  const { groups, members } = groupAlerts(state, firing, settings, nowMs);
  const isFiring = new Set(firing.map(({ episode }) => episode));
  const receivers = receiversOf(settings.route);
  const notices: Notice[] = [];
  for (const [key, found] of groups) {
    const group = withoutForgotten(found, (episode) => isFiring.has(episode) || state.ended[episode] !== undefined);
    groups.set(key, group);
    const owed = owedOf(group, state, isFiring);
    // A new episode waits for its turn: who knows alerts by fingerprint would take the older one's end for its own.
    const waiting = new Set(owed.filter(({ status }) => status === "firing").map((alert) => alert.fingerprint));
    const content = [...(members.get(key) ?? []).filter((alert) => !waiting.has(alert.fingerprint)), ...owed];
    const isOpen = content.length > 0 || Object.keys(group.episodes).length > 0;
    const isResting = group.sentAtMs !== undefined && nowMs < group.sentAtMs + group.intervalMs;
    if (!receivers.has(group.receiver) || !(isOpen || isResting)) groups.delete(key);
    else if (content.length > 0 && isDue(group, content, nowMs)) {
      const notice = noticeOf(key, group, content);
      groups.set(key, offer(group, notice));
      notices.push(notice);
    }
  }
  return { state: forgetToldOf({ ...state, groups: Object.fromEntries(groups) }), notices };
}

/**
 * Notes that a receiver has taken a notice. A key that is not the last offer's says nothing: that notice comes again.
 */
export function noteSent(state: AlertState, key: string, nowMs: number): AlertState {
  const groups = Object.entries(state.groups).map(([place, group]): [string, NoticeGroup] => {
    if (group.offer?.key !== key) return [place, group];
    const { offer: sent, ...rest } = group;
    const resolved = new Set(sent.resolved);
    const episodes = Object.entries(rest.episodes).filter(([episode]) => !resolved.has(episode));
    const firing = sent.firing.map((episode) => [episode, "sent" as const] as const);
    return [place, { ...rest, sentAtMs: nowMs, episodes: Object.fromEntries([...episodes, ...firing]) }];
  });
  return forgetToldOf({ ...state, groups: Object.fromEntries(groups) });
}

function withoutForgotten(group: NoticeGroup, isKnown: (episode: string) => boolean): NoticeGroup {
  const episodes = Object.entries(group.episodes).filter(([episode]) => isKnown(episode));
  return { ...group, episodes: Object.fromEntries(episodes) };
}

/** What the receiver must hear of episodes that are over. */
function owedOf(group: NoticeGroup, state: AlertState, isFiring: ReadonlySet<string>): NotifiedAlert[] {
  const over = Object.keys(group.episodes).filter((episode) => !isFiring.has(episode));
  return over.flatMap((episode) => {
    // Where nobody knows whether the firing notice went out, it goes (again) before the resolved one.
    const status = group.episodes[episode] === "sent" ? "resolved" : "firing";
    return endedAlert(state, episode, status) ?? [];
  });
}

function groupAlerts(
  state: AlertState,
  firing: readonly NotifiedAlert[],
  { route, inhibitRules, silences }: NoticeSettings,
  nowMs: number,
): { groups: Map<string, NoticeGroup>; members: Map<string, NotifiedAlert[]> } {
  const groups = new Map(Object.entries(state.groups));
  const members = new Map<string, NotifiedAlert[]>();
  const allLabels = firing.map(({ labels }) => labels);
  for (const alert of firing) {
    if (isSilenced(alert.labels, silences, nowMs) || isInhibited(alert.labels, inhibitRules, allLabels)) continue;
    const taken = routeOf(alert.labels, route);
    const labels = groupLabels(taken, alert.labels);
    const key = groupKey(taken.receiver, labels);
    const { groupWaitMs: waitMs, groupIntervalMs: intervalMs, repeatIntervalMs: repeatMs } = taken;
    const group = groups.get(key) ?? { receiver: taken.receiver, labels, seenAtMs: nowMs, episodes: {} };
    groups.set(key, { ...group, waitMs, intervalMs, repeatMs });
    if (!members.has(key)) members.set(key, []);
    members.get(key)!.push(alert);
  }
  return { groups, members };
}

function isDue(group: NoticeGroup, content: readonly NotifiedAlert[], nowMs: number): boolean {
  if (group.sentAtMs === undefined) return nowMs >= group.seenAtMs + group.waitMs;
  const hasNews = content.some(({ status, episode }) => status === "resolved" || group.episodes[episode] !== "sent");
  return nowMs >= group.sentAtMs + (hasNews ? group.intervalMs : group.repeatMs);
}

function noticeOf(key: string, group: NoticeGroup, content: readonly NotifiedAlert[]): Notice {
  const firing = content.filter(({ status }) => status === "firing").sort(byStart);
  const resolved = content.filter(({ status }) => status === "resolved").sort(byStart);
  // An older episode of an alert ends before the newer one begins.
  const alerts = [...resolved, ...firing];
  const identity = JSON.stringify([key, group.sentAtMs ?? 0, ...alerts.map((alert) => alert.key)]);
  return {
    key: fnv1a64(new TextEncoder().encode(identity)),
    receiver: group.receiver,
    groupKey: key,
    groupLabels: group.labels,
    status: firing.length > 0 ? "firing" : "resolved",
    alerts,
  };
}

function offer(group: NoticeGroup, { key, alerts }: Notice): NoticeGroup {
  const of = (status: string) => alerts.filter((alert) => alert.status === status).map(({ episode }) => episode);
  const firing = of("firing");
  const offered = firing.filter((episode) => group.episodes[episode] === undefined);
  const episodes = {
    ...group.episodes,
    ...Object.fromEntries(offered.map((episode) => [episode, "offered" as const])),
  };
  return { ...group, episodes, offer: { key, firing, resolved: of("resolved") } };
}

/** Drops ended alerts that nobody is to hear of: never offered to anyone, or all told. */
function forgetToldOf(state: AlertState): AlertState {
  const owed = new Set(Object.values(state.groups).flatMap(({ episodes }) => Object.keys(episodes)));
  const ended = Object.entries(state.ended).filter(([episode]) => owed.has(episode));
  return ended.length === Object.keys(state.ended).length ? state : { ...state, ended: Object.fromEntries(ended) };
}
