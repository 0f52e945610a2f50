import { AppError } from "@footfall/base";
import type { EntryPlace, IndexedEntry } from "../log-index.ts";
import { entryOf, offsetField, partitionField, placeOf } from "./entry-document.ts";
import type { OpenSearchClient } from "./opensearch-client.ts";
import type { Dsl } from "./query-dsl.ts";

const pageSizeMax = 2_000;

export type Order = "newest" | "oldest";

interface SearchAnswer<A> {
  readonly hits: { readonly total?: { readonly value: number }; readonly hits: readonly Hit[] };
  readonly aggregations: A;
}

interface Hit {
  readonly _source: Readonly<Record<string, unknown>>;
}

/**
 * A search over all days. What it finds is whole, or it is an error: a shard that does not answer is none that is
 * empty.
 */
export async function searchDays<A = undefined>(
  client: OpenSearchClient,
  indices: string,
  search: object,
): Promise<SearchAnswer<A>> {
  const path = `${indices}/_search?allow_partial_search_results=false`;
  return (await client.request<SearchAnswer<A>>("POST", path, search)).body;
}

export async function countOf(client: OpenSearchClient, indices: string, query: Dsl): Promise<number> {
  const { hits } = await searchDays(client, indices, { query, size: 0, track_total_hits: true });
  return hits.total!.value;
}

/** Entries in order of time, partition and offset, in pages that grow, beginning after a place. */
export async function* scanEntries(
  client: OpenSearchClient,
  indices: string,
  { query, order, after, firstPage }: { query: Dsl; order: Order; after?: EntryPlace | undefined; firstPage: number },
): AsyncGenerator<readonly IndexedEntry[]> {
  const direction = order === "newest" ? "desc" : "asc";
  const sort = ["@timestamp", partitionField, offsetField].map((field) => ({ [field]: direction }));
  let last = after;
  for (let size = firstPage; ; size = Math.max(size, Math.min(2 * size, pageSizeMax))) {
    const search = {
      query,
      size,
      sort,
      track_total_hits: false,
      ...(last && { search_after: [new Date(last.occurredAtMs).toISOString(), last.partition, String(last.offset)] }),
    };
    const { hits } = await searchDays(client, indices, search);
    const entries = hits.hits.map(({ _source }) => entryOf(_source));
    if (entries.length > 0) yield entries;
    if (entries.length < size) return;
    last = placeOf(entries.at(-1)!);
  }
}

export function cursorOf({ occurredAtMs, partition, offset }: EntryPlace): string {
  return `${occurredAtMs}.${partition}.${offset}`;
}

/** @throws `REQUEST_INVALID` */
export function readCursor(cursor: string): EntryPlace {
  const [, timeMs, partition, offset] = /^(\d{1,15})\.(\d{1,9})\.(\d{1,18})$/.exec(cursor) ?? [];
  if (offset === undefined || Number(timeMs) >= Date.UTC(10_000, 0)) {
    throw new AppError("REQUEST_INVALID", `The cursor "${cursor}" is not one of a page.`);
  }
  return { occurredAtMs: Number(timeMs), partition: Number(partition), offset: BigInt(offset) };
}
