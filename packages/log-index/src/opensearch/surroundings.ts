import type { EntryPlace, IndexedEntry } from "../log-index.ts";
import { entryOf, generationField, offsetField, partitionField } from "./entry-document.ts";
import { searchDays } from "./entry-scan.ts";
import type { OpenSearchClient } from "./opensearch-client.ts";
import { allOf, type Dsl, noneOf, term, timeRange } from "./query-dsl.ts";

/** The entry at a place, if it is there. */
export async function findEntry(
  client: OpenSearchClient,
  indices: string,
  { partition, offset, occurredAtMs }: EntryPlace,
): Promise<IndexedEntry | undefined> {
  const query = allOf([
    term(partitionField, partition),
    term(offsetField, String(offset)),
    timeRange(occurredAtMs, occurredAtMs + 1),
  ]);
  const [hit] = (await searchDays(client, indices, { query, size: 1 })).hits.hits;
  return hit && entryOf(hit._source);
}

/** The next lines of the same file or instance: topic order is file order, since an instance keeps to a partition. */
export async function neighboursOf(
  client: OpenSearchClient,
  indices: string,
  { partition, offset, entry }: IndexedEntry,
  direction: "before" | "after",
  limit: number,
): Promise<readonly IndexedEntry[]> {
  if (limit < 1) return [];
  const isBefore = direction === "before";
  const hasFile: Dsl = { exists: { field: generationField } };
  const query = allOf([
    term(partitionField, partition),
    { range: { [offsetField]: { [isBefore ? "lt" : "gt"]: String(offset) } } },
    term("service.name", entry.service),
    term("service.node.name", entry.instance),
    entry.source ? term(generationField, entry.source.generation) : noneOf(hasFile),
  ]);
  const search = { query, size: limit, sort: [{ [offsetField]: isBefore ? "desc" : "asc" }], track_total_hits: false };
  const found = (await searchDays(client, indices, search)).hits.hits.map(({ _source }) => entryOf(_source));
  return isBefore ? found.reverse() : found;
}
