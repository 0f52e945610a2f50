import { Blend } from "../models/blend.ts";
import { ItemScores } from "../models/item-scores.ts";
import { ListRecommender } from "../models/list-recommender.ts";
import type { ExplainingRecommender } from "../models/recommender.ts";
import { blendOf, defaultSessionBlend } from "../models/session-blend.ts";
import { Vstan } from "../models/vstan.ts";
import type { NeighborLists } from "../neighbor-lists.ts";
import { LiveSessions } from "../sessions/live-sessions.ts";
import { type SessionIndex, withoutSessions } from "../sessions/session-index.ts";
import type { SimilarityModel } from "../similarity-model.ts";
import { TopSelection } from "../top-selection.ts";
import type { ItemKey } from "./visitor-history.ts";

/** How fast a visitor's interest fades across visits: more slowly than within a session. */
const profileDecay = 5;

const noLists: NeighborLists = {
  neighborOffsets: new Int32Array(1),
  neighborItems: new Int32Array(0),
  neighborScores: new Float32Array(0),
};

/**
 * A model, the sessions since it was trained, and the scratch arrays that ranking with both needs. One a model and
 * thread. Before the first model is published there are only the live sessions.
 */
export class ServedModel {
  readonly model: SimilarityModel | undefined;
  readonly live: LiveSessions;
  /** Answers for earlier visits. */
  readonly profile: ExplainingRecommender;
  readonly scores = new ItemScores();
  readonly selection = new TopSelection(64);
  readonly #itemCount: number;
  readonly #lists: NeighborLists;
  readonly #sessions: Vstan;
  readonly #sessionsShare: number;
  /** By the share of sessions. */
  readonly #blends = new Map<number, ExplainingRecommender>();

  /** @param live  goes on beside this model */
  constructor(model: SimilarityModel | undefined, live = new LiveSessions()) {
    this.model = model;
    this.live = live;
    this.#itemCount = model?.itemIds.length ?? 0;
    live.rebase(model && { ...model, index: sessionsOf(model), trainedUntilMs: model.manifest.trainedUntilMs });
    this.#lists = model ?? noLists;
    const blend = model?.manifest.blend ?? defaultSessionBlend;
    this.#sessions = new Vstan({ index: live.learnt.index, live }, blend);
    this.#sessionsShare = blend.sessionsShare;
    this.profile = new Blend([{ recommender: new ListRecommender(this.#lists, profileDecay), weight: 1 }]);
  }

  /**
   * Answers for what the visitor does now, and for the item on the page.
   * @param sessionsShare  of the blend. Default: as the model was tuned
   */
  session(sessionsShare = this.#sessionsShare): ExplainingRecommender {
    let blend = this.#blends.get(sessionsShare);
    if (blend === undefined) {
      blend = blendOf(this.#sessions, this.#lists, sessionsShare);
      this.#blends.set(sessionsShare, blend);
    }
    return blend;
  }

  /** The number of an item in queries and scores; undefined where neither the model nor a live session knows it. */
  itemOf(key: ItemKey): number | undefined {
    return typeof key === "number" ? key : this.live.newItem(key);
  }

  keyOf(item: number): ItemKey {
    return item < this.#itemCount ? item : this.live.newItemId(item);
  }

  itemIdOf(key: ItemKey): string {
    return typeof key === "number" ? this.model!.itemIds[key]! : key;
  }
}

/** A model of an older release has lists only. */
function sessionsOf({ sessionIndex, itemSupport, manifest }: SimilarityModel): SessionIndex {
  return sessionIndex ?? withoutSessions(itemSupport, manifest.sizes.sessions);
}
