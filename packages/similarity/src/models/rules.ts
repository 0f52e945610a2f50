import type { ItemSessions } from "../item-sessions.ts";
import { type DecayName, stepWeight } from "./decay.ts";
import type { ItemScores } from "./item-scores.ts";
import type { Recommender, SessionQuery } from "./recommender.ts";

export interface RuleParameters {
  /** Rules kept per item, the strongest; 0: all. */
  readonly pruning: number;
  /** Of equally strong rules keeps those first met in the file, as session-rec does, not in the oldest session. */
  readonly isCompatible: boolean;
}

/** Sessions with, where they come from a file, their order there. */
export type OrderedSessions = ItemSessions & { readonly fileOrder?: Int32Array };

export interface SequentialRuleParameters extends RuleParameters {
  /** Largest distance of two clicks that makes a rule. */
  readonly steps: number;
  /** What a distance counts, 1 for neighbours. */
  readonly weighting: DecayName;
}

/** item → (item → strength), in the order in which pairs were first met: of equally strong rules the first stay. */
type Rules = Map<number, Map<number, number>>;

/** Association rules and sequential rules answer alike: what follows the last click. */
class Rulebook implements Recommender {
  readonly #rules: Rules;

  constructor(rules: Rules, { pruning }: RuleParameters) {
    this.#rules = rules;
    if (pruning === 0) return;
    for (const [item, followers] of rules) {
      const strongest = [...followers].sort(([, a], [, b]) => b - a).slice(0, pruning);
      rules.set(item, new Map(strongest));
    }
  }

  score({ items }: SessionQuery, scores: ItemScores): void {
    for (const [item, strength] of this.#rules.get(items[items.length - 1]!) ?? []) scores.add(item, strength);
  }
}

/**
 * AR, association rules of size two (Ludewig & Jannach, UMUAI 2018): how often two clicks share a session, either way
 * round; a repeated click counts as a pair with itself, twice.
 */
export function learnAssociationRules(sessions: OrderedSessions, parameters: RuleParameters): Recommender {
  const rules: Rules = new Map();
  forEachClick(sessions, parameters, (item, before) => {
    for (const other of before) {
      strengthen(rules, other, item, 1);
      strengthen(rules, item, other, 1);
    }
  });
  return new Rulebook(rules, parameters);
}

/** SR, sequential rules (Ludewig & Jannach, UMUAI 2018): what was clicked after an item, by distance. */
export function learnSequentialRules(sessions: OrderedSessions, parameters: SequentialRuleParameters): Recommender {
  const rules: Rules = new Map();
  const { steps, weighting } = parameters;
  forEachClick(sessions, parameters, (item, before) => {
    for (let step = 1; step <= Math.min(steps, before.length); step++) {
      const weight = stepWeight(weighting, step, parameters.isCompatible);
      if (weight > 0) strengthen(rules, before[before.length - step]!, item, weight);
    }
  });
  return new Rulebook(rules, parameters);
}

function forEachClick(
  { offsets, items, sessionCount, fileOrder }: OrderedSessions,
  { isCompatible }: RuleParameters,
  visit: (item: number, before: Int32Array) => void,
): void {
  for (let place = 0; place < sessionCount; place++) {
    const session = isCompatible ? (fileOrder?.[place] ?? place) : place;
    const start = offsets[session]!;
    for (let at = start; at < offsets[session + 1]!; at++) visit(items[at]!, items.subarray(start, at));
  }
}

function strengthen(rules: Rules, item: number, follower: number, by: number): void {
  let followers = rules.get(item);
  if (followers === undefined) rules.set(item, (followers = new Map()));
  followers.set(follower, (followers.get(follower) ?? 0) + by);
}
