import type { OrderedSessions } from "../models/rules.ts";

/** Sessions with the time of each click, to be evaluated on. */
export interface TimedSessions extends OrderedSessions {
  /** Time of each entry of `items`, ms since the epoch. */
  readonly clickTimesMs: Float64Array;
}

/** A train set and a test set over the same items. */
export interface EvaluationSet {
  readonly itemIds: readonly string[];
  readonly train: OrderedSessions;
  /** Items that training does not know are left out, and then sessions of a single click. */
  readonly test: TimedSessions;
  /** Whether each click of a test session is predicted from those before it, or only its last one. */
  readonly predicts: "every click" | "last click";
}
