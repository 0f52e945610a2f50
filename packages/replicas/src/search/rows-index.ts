import { AppError } from "@footfall/base";
import { type Row, unavailableValue } from "@footfall/changes";
import { offsetId } from "@footfall/ingest";
import { isPassing, type OpenSearchClient } from "@footfall/log-index/opensearch-client";
import { fillUnavailable } from "../fill-unavailable.ts";
import { type PlacedChange, RefusedChangeError } from "../replica.ts";
import { documentIdOf } from "./index-names.ts";
import { bulkLines, type FoundDocument, isNewer, type StoredRow, storedRow } from "./row-document.ts";

/** A change and its index among those of the batch. */
export interface NumberedChange {
  readonly placed: PlacedChange;
  readonly at: number;
}

interface BulkAnswer {
  readonly items: readonly Readonly<Record<string, { status: number; error?: { type: string; reason: string } }>>[];
}

interface Write {
  readonly id: string;
  readonly lines: string;
  readonly at: number;
}

const requestCharactersMax = 8_000_000;
const pageSize = 1_000;
const positionFields = ["lsn", "change_index"];

/** Documents of one table, one for each row, and for each row that was deleted lately. */
export class RowsIndex {
  readonly #client: OpenSearchClient;
  readonly #name: string;
  readonly #refresh: string;
  readonly #nowMs: () => number;

  constructor(client: OpenSearchClient, name: string, refresh: string, nowMs: () => number) {
    this.#client = client;
    this.#name = name;
    this.#refresh = refresh;
    this.#nowMs = nowMs;
  }

  /**
   * Writes what the changes leave of their rows, but no row that has a later change already.
   * @throws RefusedChangeError  some others may have been written, and may be written again
   */
  async apply(changes: readonly NumberedChange[]): Promise<void> {
    const patience = this.#client.patience();
    let open = changes;
    while (open.length > 0) {
      const { writes, reason } = await this.#tryToApply(open);
      if (writes.size === 0) return;
      open = open.filter(({ placed }) => writes.has(documentIdOf(placed.change.key)));
      await patience.next(`${writes.size} documents were not written, the last for ${reason}`);
    }
  }

  /** Deletes the rows of the partition that have no change at or after the truncation's position. */
  async truncate({ change, place }: PlacedChange): Promise<void> {
    const { lsn, index } = change.position;
    const isEarlier = {
      bool: {
        minimum_should_match: 1,
        should: [
          { range: { lsn: { lt: `${lsn}` } } },
          { bool: { filter: [{ term: { lsn: `${lsn}` } }, { range: { change_index: { lt: index } } }] } },
        ],
      },
    };
    const query = {
      bool: {
        filter: [{ term: { place: offsetId(place) } }, isEarlier],
        must_not: { exists: { field: "deleted_at" } },
      },
    };
    const state = { place, position: change.position, changedAtMs: change.changedAtMs, row: undefined };
    const write = (found: FoundDocument) => bulkLines(found._id, storedRow(found), { ...state, nowMs: this.#nowMs() });
    await this.#eachPage(query, write);
  }

  /** Forgets the marks of rows that were deleted before this time. */
  async deleteMarks(beforeMs: number): Promise<void> {
    await this.#eachPage({ range: { deleted_at: { lt: beforeMs } } }, (found) => {
      const { _id, _seq_no: if_seq_no, _primary_term: if_primary_term } = found;
      return `${JSON.stringify({ delete: { _id, if_seq_no, if_primary_term } })}\n`;
    });
  }

  async #tryToApply(changes: readonly NumberedChange[]) {
    const idOf = ({ change }: PlacedChange) => documentIdOf(change.key);
    const stored = await this.#load(changes.map(({ placed }) => placed));
    const fresh = changes.filter(({ placed }) => isNewer(placed.change.position, stored.get(idOf(placed))));
    const load = async (lacking: readonly PlacedChange[]) => lacking.map((change) => stored.get(idOf(change))?.row);
    const whole = await fillUnavailable(
      fresh.map(({ placed }) => placed),
      idOf,
      load,
    );
    const writes = new Map<string, Write>();
    for (const [index, { change, place }] of whole.entries()) {
      const id = documentIdOf(change.key);
      const { position, changedAtMs, after: row } = change;
      const state = { place, position, changedAtMs, row, nowMs: this.#nowMs() };
      writes.set(id, { id, lines: bulkLines(id, stored.get(id), state), at: fresh[index]!.at });
    }
    return this.#bulk([...writes.values()]);
  }

  /** Writes what applies. @returns the writes to be tried again on what is then stored, and why */
  async #bulk(writes: readonly Write[]): Promise<{ writes: Map<string, Write>; reason: string }> {
    const again = new Map<string, Write>();
    let reason = "";
    for (const part of inParts(writes)) {
      const body = part.map(({ lines }) => lines).join("");
      const path = `${this.#name}/_bulk?refresh=${this.#refresh}`;
      const { items } = (await this.#client.request<BulkAnswer>("POST", path, body)).body;
      if (items.length !== part.length) {
        throw new AppError("REPLICA_UNAVAILABLE", "OpenSearch answered a bulk with another number of items.");
      }
      for (const [index, item] of items.entries()) {
        const { status, error } = Object.values(item)[0]!;
        if (status < 300 || (status === 404 && error === undefined)) continue;
        const why = `${status} ${error?.type}: ${error?.reason}`;
        const isOfCluster = ["validation_exception", "cluster_block_exception"].includes(error?.type ?? "");
        if (status !== 409 && !isPassing(status) && !isOfCluster) {
          throw new RefusedChangeError(part[index]!.at, `OpenSearch does not take the row: ${why}`);
        }
        again.set(part[index]!.id, part[index]!);
        reason = why;
      }
    }
    return { writes: again, reason };
  }

  /** What is stored under the changes' ids; rows only of those that lack values. Sees every write at once. */
  async #load(changes: readonly PlacedChange[]): Promise<ReadonlyMap<string, StoredRow>> {
    const wanted = new Map<string, boolean>();
    for (const { change } of changes) {
      const id = documentIdOf(change.key);
      wanted.set(id, wanted.get(id) === true || lacks(change.after));
    }
    const fields = [...wanted].map(([id, isLacking]) => ({
      _id: id,
      _source: isLacking ? [...positionFields, "row", "row_json"] : positionFields,
    }));
    const stored = new Map<string, StoredRow>();
    for (let start = 0; start < fields.length; start += pageSize) {
      const docs = fields.slice(start, start + pageSize);
      const { body } = await this.#client.request<{
        docs: readonly (FoundDocument & { found: boolean; error?: unknown })[];
      }>("POST", `${this.#name}/_mget`, { docs });
      for (const found of body.docs) {
        if (found.error) throw new AppError("REPLICA_UNAVAILABLE", unread(found.error), { retriable: true });
        if (found.found) stored.set(found._id, storedRow(found));
      }
    }
    return stored;
  }

  /** Writes on top of what a query finds, until it finds nothing any more. */
  async #eachPage(query: object, write: (found: FoundDocument) => string): Promise<void> {
    const patience = this.#client.patience();
    for (;;) {
      await this.#client.request("POST", `${this.#name}/_refresh`);
      const search = { query, size: pageSize, seq_no_primary_term: true, _source: positionFields };
      const path = `${this.#name}/_search?allow_partial_search_results=false`;
      const { body } = await this.#client.request<{ hits: { hits: readonly FoundDocument[] } }>("POST", path, search);
      const { hits } = body.hits;
      if (hits.length === 0) return;
      const { writes, reason } = await this.#bulk(hits.map((hit) => ({ id: hit._id, lines: write(hit), at: 0 })));
      if (writes.size > 0) await patience.next(`${writes.size} documents were not written, the last for ${reason}`);
    }
  }
}

function lacks(row: Row | undefined): boolean {
  return row !== undefined && Object.values(row).includes(unavailableValue);
}

function unread(error: unknown): string {
  return `OpenSearch did not read a document: ${JSON.stringify(error)}`;
}

function inParts(writes: readonly Write[]): readonly (readonly Write[])[] {
  const parts: Write[][] = [];
  let characters = Infinity;
  for (const write of writes) {
    if (characters + write.lines.length > requestCharactersMax) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)!.push(write);
    characters += write.lines.length;
  }
  return parts;
}
