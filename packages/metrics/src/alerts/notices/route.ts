import { type LabelMatcher, type Labels, matchesLabels } from "../label-matcher.ts";

/**
 * A node of the tree; what a child does not say it has from its parent. The first child that matches takes the alert.
 */
export interface Route {
  readonly receiver: string;
  readonly matchers: readonly LabelMatcher[];
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly routes: readonly Route[];
}

/** The deepest route that takes the alert; the root takes all. */
export function routeOf(labels: Labels, root: Route): Route {
  const child = root.routes.find(({ matchers }) => matchesLabels(matchers, labels));
  return child ? routeOf(labels, child) : root;
}

export function receiversOf(root: Route): Set<string> {
  return new Set([root.receiver, ...root.routes.flatMap((route) => [...receiversOf(route)])]);
}

/** Labels by which the route groups; `...` is all of them. */
export function groupLabels({ groupBy }: Route, labels: Labels): Labels {
  const names = groupBy.includes("...") ? Object.keys(labels) : groupBy.filter((name) => Object.hasOwn(labels, name));
  return Object.fromEntries([...names].sort().map((name) => [name, labels[name]!]));
}

/** `mail:{alertname="Lag"}`. */
export function groupKey(receiver: string, labels: Labels): string {
  const pairs = Object.keys(labels).map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `${receiver}:{${pairs.join(", ")}}`;
}
