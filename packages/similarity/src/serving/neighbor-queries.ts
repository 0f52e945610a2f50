import { queryItemsMax, type WeightedItem } from "../neighbor-scorer.ts";
import type { SimilarityModel } from "../similarity-model.ts";
import { touchKeyOf } from "./item-key.ts";
import type { Visitor } from "./visitor-history.ts";

/** The sources that ask the model's lists of neighbours. */
export type NeighborSource = "session" | "item" | "user";

/** How the clicks of a query count: one d items back weighs e^(-d/decay), and only so many are looked at. */
interface QueryWeighting {
  readonly decay: number;
  readonly itemsMax: number;
}

/** λ 1 within a session is best in the published comparisons; across visits interest fades more slowly. */
const sessionWeighting: QueryWeighting = { decay: 1, itemsMax: queryItemsMax };
const profileWeighting: QueryWeighting = { decay: 5, itemsMax: 10 };

/** What one request asks of the model, by source; made when it is first needed. */
export class NeighborQueries {
  readonly #model: SimilarityModel;
  readonly #currentItemId: string | undefined;
  readonly #visitor: Visitor | undefined;
  readonly #sessionStart: number;
  readonly #known: Partial<Record<NeighborSource, readonly WeightedItem[]>> = {};

  /** @param sessionStart  place of the first touch of the running session */
  constructor(
    model: SimilarityModel,
    currentItemId: string | undefined,
    visitor: Visitor | undefined,
    sessionStart: number,
  ) {
    this.#model = model;
    this.#currentItemId = currentItemId;
    this.#visitor = visitor;
    this.#sessionStart = sessionStart;
  }

  /** Empty where the source has nothing to ask with. */
  of(source: NeighborSource): readonly WeightedItem[] {
    return (this.#known[source] ??= this.#make(source));
  }

  #make(source: NeighborSource): readonly WeightedItem[] {
    const current = this.#currentItemId === undefined ? undefined : this.#model.indexByItemId.get(this.#currentItemId);
    if (source === "item") return current === undefined ? [] : [{ itemIndex: current, weight: 1 }];
    const visitor = this.#visitor;
    if (!visitor) return [];
    if (source === "user") return this.#touches(visitor, 0, this.#sessionStart, profileWeighting, 0);
    const end = visitor.touches.length;
    // The item on the page takes the place of the newest click.
    const distance = this.#currentItemId === undefined ? 0 : 1;
    const session = this.#touches(visitor, this.#sessionStart, end, sessionWeighting, distance, this.#currentItemId);
    if (session.length > 0 && current !== undefined) session.unshift({ itemIndex: current, weight: heaviest(session) });
    return session;
  }

  /** Touches [from, to) as a query, newest first; the newest is `distance` items back. */
  #touches(
    visitor: Visitor,
    from: number,
    to: number,
    { decay, itemsMax }: QueryWeighting,
    distance: number,
    exceptItemId?: string,
  ): WeightedItem[] {
    const query: WeightedItem[] = [];
    let itemsBack = distance;
    for (let at = to - 1; at >= from && itemsBack < itemsMax; at--) {
      const touch = visitor.touches[at]!;
      if (touch.itemId === exceptItemId) continue;
      const itemIndex = touchKeyOf(touch, this.#model);
      if (typeof itemIndex === "number") query.push({ itemIndex, weight: touch.weight * Math.exp(-itemsBack / decay) });
      itemsBack++;
    }
    return query;
  }
}

/** What the item on the page weighs: at least as much as any other item of the query. */
function heaviest(query: readonly WeightedItem[]): number {
  return query.reduce((weight, item) => Math.max(weight, item.weight), 1);
}
