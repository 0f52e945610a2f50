import { type Static, Type } from "@sinclair/typebox";
import { parseDuration } from "../duration.ts";
import { type LabelMatcher, parseMatcher } from "../label-matcher.ts";
import { Duration } from "../rule-schema.ts";
import { type Problem, schemaProblems } from "@footfall/base/schema-problems";
import type { InhibitRule, Silence } from "./mute.ts";
import type { Route } from "./route.ts";

const closed = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, description: "a text" });
const texts = Type.Array(text, { description: "a list of texts" });
const Matchers = Type.Array(text, { description: "a list of matchers" });

const RouteSchema = Type.Recursive((This) =>
  Type.Object(
    {
      receiver: Type.Optional(text),
      matchers: Type.Optional(Matchers),
      group_by: Type.Optional(texts),
      group_wait: Type.Optional(Duration),
      group_interval: Type.Optional(Duration),
      repeat_interval: Type.Optional(Duration),
      routes: Type.Optional(Type.Array(This, { description: "a list of routes" })),
    },
    { ...closed, description: "a route" },
  ),
);
/** Alertmanager's words. */
const NoticeFileSchema = Type.Object(
  {
    route: Type.Optional(RouteSchema),
    inhibit_rules: Type.Optional(
      Type.Array(Type.Object({ source_matchers: Matchers, target_matchers: Matchers, equal: texts }, closed), {
        description: "a list of inhibitions",
      }),
    ),
  },
  { ...closed, description: "an object with route and inhibit_rules" },
);
type RouteEntry = Static<typeof RouteSchema>;

const SilenceSchema = Type.Object(
  {
    id: text,
    matchers: Type.Array(text, { minItems: 1, description: "a list of matchers, at least one" }),
    startsAtMs: Type.Integer({ description: "a time in milliseconds" }),
    endsAtMs: Type.Integer({ description: "a time in milliseconds" }),
    createdBy: text,
    comment: text,
  },
  { ...closed, description: "a silence" },
);

/**
 * Route tree, where there is one, and inhibitions of a parsed file, or all that is wrong with it. Each route needs a
 * receiver, or its parent's.
 */
export function parseNoticeSettings(
  file: unknown,
): { readonly route?: Route; readonly inhibitRules: InhibitRule[] } | { readonly problems: Problem[] } {
  const problems = schemaProblems(NoticeFileSchema, file);
  if (problems.length > 0) return { problems };
  const entry = file as Static<typeof NoticeFileSchema>;
  if (entry.route && entry.route.receiver === undefined)
    problems.push({ place: "route.receiver", message: "is missing" });
  const defaults = {
    receiver: "",
    groupBy: [],
    groupWaitMs: 30_000,
    groupIntervalMs: 300_000,
    repeatIntervalMs: 14_400_000,
  };
  const route = entry.route && toRoute(entry.route, { ...defaults, matchers: [], routes: [] }, "route", problems);
  const inhibitRules = (entry.inhibit_rules ?? []).map((rule, index) => ({
    source: toMatchers(rule.source_matchers, `inhibit_rules[${index}].source_matchers`, problems),
    target: toMatchers(rule.target_matchers, `inhibit_rules[${index}].target_matchers`, problems),
    equal: rule.equal,
  }));
  return problems.length > 0 ? { problems } : { ...(route && { route }), inhibitRules };
}

/** A silence as it is stored or posted, or all that is wrong with it. */
export function parseSilence(value: unknown): { readonly silence: Silence } | { readonly problems: Problem[] } {
  const problems = schemaProblems(SilenceSchema, value);
  if (problems.length > 0) return { problems };
  const entry = value as Static<typeof SilenceSchema>;
  const matchers = toMatchers(entry.matchers, "matchers", problems);
  if (entry.endsAtMs <= entry.startsAtMs) problems.push({ place: "endsAtMs", message: "must be after startsAtMs" });
  return problems.length > 0 ? { problems } : { silence: { ...entry, matchers } };
}

function toRoute(entry: RouteEntry, parent: Route, place: string, problems: Problem[]): Route {
  const durationOr = (duration: string | undefined, other: number) => {
    return duration === undefined ? other : parseDuration(duration)!;
  };
  const route: Route = {
    receiver: entry.receiver ?? parent.receiver,
    matchers: toMatchers(entry.matchers ?? [], `${place}.matchers`, problems),
    groupBy: entry.group_by ?? parent.groupBy,
    groupWaitMs: durationOr(entry.group_wait, parent.groupWaitMs),
    groupIntervalMs: durationOr(entry.group_interval, parent.groupIntervalMs),
    repeatIntervalMs: durationOr(entry.repeat_interval, parent.repeatIntervalMs),
    routes: [],
  };
  const routes = (entry.routes ?? []) as RouteEntry[];
  return {
    ...route,
    routes: routes.map((child, index) => toRoute(child, route, `${place}.routes[${index}]`, problems)),
  };
}

function toMatchers(entries: readonly string[], place: string, problems: Problem[]): LabelMatcher[] {
  return entries.flatMap((entry, index) => {
    const matcher = parseMatcher(entry);
    if (!matcher)
      problems.push({ place: `${place}[${index}]`, message: 'must be a matcher such as severity="critical"' });
    return matcher ?? [];
  });
}
