import type { ItemScores } from "./item-scores.ts";

/** What a visitor has clicked in the session so far. */
export interface SessionQuery {
  /** Item indices in the order of the clicks, oldest first; an item clicked twice is there twice. Never empty. */
  readonly items: ArrayLike<number>;
  /** The moment of the question, ms since the epoch. */
  readonly timeMs: number;
}

/** Parameters of any kind of model. */
export type ModelParameters = Readonly<Record<string, number | string | boolean>>;

/**
 * A model that scores items for a session. Models learn when they are made and do not change afterwards; one of them
 * keeps buffers between calls, so a thread needs its own.
 */
export interface Recommender {
  readonly itemCount: number;
  /** Adds what it thinks of each candidate, > 0, to scores that are empty. Items of the session may be among them. */
  score(query: SessionQuery, scores: ItemScores): void;
}
