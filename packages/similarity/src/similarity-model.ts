import type { ModelVersion } from "@footfall/base";
import type { SessionBlendParameters } from "./models/session-blend.ts";
import type { NeighborLists } from "./neighbor-lists.ts";
import type { SessionIndex } from "./sessions/session-index.ts";

/**
 * What the trainer publishes and the recommender serves. Items have dense indices 0 … itemCount-1, from the item with
 * the most interactions to the one with the fewest, equal ones by id.
 * Neighbours of item i: entries neighborOffsets[i] … neighborOffsets[i + 1] - 1, best first, never i itself.
 * The arrays are views on the model file's buffers and must not be written to.
 */
export interface SimilarityModel extends NeighborLists {
  readonly version: ModelVersion;
  readonly manifest: ModelManifest;
  readonly itemIds: readonly string[];
  readonly indexByItemId: ReadonlyMap<string, number>;
  /** Sessions that hold both. */
  readonly neighborSupport: Int32Array;
  /** Sessions that hold the item; length itemCount. */
  readonly itemSupport: Int32Array;
  /** Items by popularity (weighted, time-decayed), best first. */
  readonly popularItems: Int32Array;
  readonly popularScores: Float32Array;
  /** The newest sessions that it has learnt from; absent in models of releases that had none. */
  readonly sessionIndex?: SessionIndex;
}

/** Durable before the model is served (invariant I7). JSON on disk. */
export interface ModelManifest {
  readonly formatVersion: 1;
  /**
   * Content address: SHA-256 over the manifest without this field and `parent`, first 16 hex digits. The parent is left
   * out so that training again on the same lake version gives the same version.
   */
  readonly modelVersion: string;
  readonly tenant: string;
  /** Version of the table `sessions` it was trained on (invariant I6). */
  readonly lakeVersion: number;
  readonly parameters: SimilarityParameters;
  /** How its sessions and its neighbours answer together; absent where it has no sessions. */
  readonly blend?: SessionBlendParameters;
  readonly sizes: {
    readonly items: number;
    readonly sessions: number;
    readonly interactions: number;
    readonly neighbors: number;
    /** Sessions of the session index, and items in them; 0 or absent where there is none. */
    readonly indexedSessions?: number;
    readonly indexedItems?: number;
  };
  /** Accuracy on the held-out last sessions; absent when there were too few to hold any out. */
  readonly metrics?: EvaluationReport;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  /** Version of the model that was served when this one was published. */
  readonly parent: string | null;
  /** Newest event time in the training data, ms; training depends on no other clock. */
  readonly trainedUntilMs: number;
}

export interface SimilarityParameters {
  /** Neighbours kept per item. */
  readonly neighborsMax: number;
  /** A session's oldest interactions past this many are left out. */
  readonly sessionItemsMax: number;
  /** Sessions counted per item, newest first. */
  readonly sessionsPerItemMax: number;
  /** Pairs seen together in fewer sessions are dropped. */
  readonly supportMin: number;
  /** Pairs with a log-likelihood ratio below this, or seen together less often than by chance, are dropped; 0: none. */
  readonly llrMin: number;
  /** Damping exponent α: score(a → b) = n_ab / ((n_a + λ)^α · (n_b + λ)^(1 − α)), see score-similarity.ts. */
  readonly alpha: number;
  /** Shrinkage λ, in sessions. */
  readonly shrinkage: number;
  /** Half-life of an interaction's weight in popularity, days. */
  readonly popularityHalfLifeDays: number;
}

export interface EvaluationReport {
  /** Next-item predictions made. */
  readonly predictions: number;
  readonly k: number;
  /** All targets, repeats included; comparable with papers. */
  readonly all: AccuracyMetrics;
  /** Targets and candidates not yet in the session: what a shop wants. */
  readonly novel: AccuracyMetrics;
}

export interface AccuracyMetrics {
  readonly n: number;
  readonly hitRate: number;
  readonly mrr: number;
  readonly ndcg: number;
  /** Share of items that were recommended at least once. */
  readonly coverage: number;
}
