import { foldText } from "@footfall/service-logs";
import type { FieldValue } from "../log-index.ts";
import { searchDays } from "./entry-scan.ts";
import { facetField, isFacetText, isLongName, valueFacet, valueOfFacet } from "./facets.ts";
import type { OpenSearchClient } from "./opensearch-client.ts";
import { type Dsl, prefix as prefixDsl } from "./query-dsl.ts";

interface Terms {
  readonly values: { readonly buckets: readonly { readonly key: string; readonly doc_count: number }[] };
}

/** Values of a field that begin with a text, in any case of letters; most frequent first. */
export async function fieldValuesOf(
  client: OpenSearchClient,
  indices: string,
  field: string,
  prefix: string,
  limit: number,
): Promise<readonly FieldValue[]> {
  const folded = foldText(prefix);
  if (isLongName(field) || !isFacetText(folded)) return [];
  const start = valueFacet(field, folded);
  const query: Dsl = prefixDsl(facetField, start);
  const terms = {
    field: facetField,
    include: `${escapedPattern(start)}.*`,
    size: limit,
    order: [{ _count: "desc" }, { _key: "asc" }],
  };
  const search = { query, size: 0, track_total_hits: false, aggs: { values: { terms } } };
  const { aggregations } = await searchDays<Terms | undefined>(client, indices, search);
  const buckets = aggregations?.values.buckets ?? [];
  return buckets.map(({ key, doc_count }) => ({ value: valueOfFacet(key), count: doc_count }));
}

/** Lucene's patterns have signs that JavaScript's have not; a backslash takes the meaning of any. */
function escapedPattern(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, String.raw`\$&`);
}
