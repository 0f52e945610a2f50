import type { ItemScores } from "./item-scores.ts";

/** What a visitor has clicked in the session so far. */
export interface SessionQuery {
  /** Item indices in the order of the clicks, oldest first; an item clicked twice is there twice. Never empty. */
  readonly items: ArrayLike<number>;
  /** The moment of the question, ms since the epoch. */
  readonly timeMs: number;
  /** How much each click says, ≥ 0, for models that tell interactions apart. Absent: all the same. */
  readonly weights?: ArrayLike<number>;
  /** The number of this very session, where it is among those learnt from: it is not its own neighbour. */
  readonly ownSession?: number;
}

/** Parameters of any kind of model. */
export type ModelParameters = Readonly<Record<string, number | string | boolean>>;

/**
 * A model that scores items for a session. Models learn when they are made and do not change afterwards; one of them
 * keeps buffers between calls, so a thread needs its own.
 */
export interface Recommender {
  /** Adds what it thinks of each candidate, > 0, to scores that are empty. Items of the session may be among them. */
  score(query: SessionQuery, scores: ItemScores): void;
}

/** Told of an item of the query, and how much of a score is its. */
export type TellShare = (queryItem: number, share: number) => void;

/** A model that can tell where a score comes from. */
export interface ExplainingRecommender extends Recommender {
  /** Tells parts of an item's score, in any order; one item of the query may be told more than once. */
  explain(query: SessionQuery, item: number, tell: TellShare): void;
}
