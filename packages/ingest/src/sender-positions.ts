import { type Lake, type LakeTable, quoteText } from "@footfall/lake";

/** A record's place in its sender's own numbering: what one sender sends has growing positions along the topic. */
export interface SenderPosition {
  readonly sender: string;
  readonly position: number;
}

/** Columns of a table that hold it; null where a row's sender does not number. */
export interface SenderColumns {
  readonly sender: string;
  readonly position: string;
}

/** Senders remembered; those not heard of for longest are looked up again. */
const sendersMax = 10_000;

/**
 * Tells what a sender sent again: whatever lies at or before the last position of it that the table holds. A sender
 * that died between sending and noting that it had sends a record at a later offset once more.
 */
export class SenderPositions {
  readonly #lookUp: (senders: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly #last = new Map<string, number>();

  constructor(lookUp: (senders: readonly string[]) => Promise<ReadonlyMap<string, number>>) {
    this.#lookUp = lookUp;
  }

  /**
   * Those that were not sent before, in order; from then on they count as sent.
   * @throws as the look into the table
   */
  async withoutRepeats<T>(
    entries: readonly T[],
    positionOf: (entry: T) => SenderPosition | undefined,
  ): Promise<readonly T[]> {
    const placed = entries.map((entry) => ({ entry, place: positionOf(entry) }));
    await this.#learn(new Set(placed.flatMap(({ place }) => place?.sender ?? [])));
    const fresh = placed.filter(({ place }) => {
      if (place === undefined) return true;
      const last = this.#last.get(place.sender);
      if (last !== undefined && place.position <= last) return false;
      this.#last.set(place.sender, place.position);
      return true;
    });
    this.#forget();
    return fresh.map(({ entry }) => entry);
  }

  async #learn(senders: ReadonlySet<string>): Promise<void> {
    const unknown = [...senders].filter((sender) => !this.#last.has(sender));
    const found = unknown.length === 0 ? new Map<string, number>() : await this.#lookUp(unknown);
    for (const sender of senders) {
      const last = this.#last.get(sender) ?? found.get(sender) ?? Number.NEGATIVE_INFINITY;
      // Moved behind those not heard of.
      this.#last.delete(sender);
      this.#last.set(sender, last);
    }
  }

  #forget(): void {
    for (const sender of this.#last.keys()) {
      if (this.#last.size <= sendersMax) return;
      this.#last.delete(sender);
    }
  }
}

/** The last position of each sender that a table holds. */
export async function lastPositions(
  lake: Pick<Lake, "query">,
  table: Pick<LakeTable, "name">,
  columns: SenderColumns,
  senders: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await lake.query<{ readonly sender: string; readonly position: number }>(`
SELECT ${columns.sender} AS sender, max(${columns.position}) AS position
FROM ${table.name} WHERE ${columns.sender} IN (${senders.map(quoteText).join(", ")}) GROUP BY ALL`);
  return new Map(rows.map(({ sender, position }) => [sender, position]));
}
