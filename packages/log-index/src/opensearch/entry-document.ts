import { createHash } from "node:crypto";
import { fromEcsDocument, tokensOf, toEcsDocument } from "@footfall/service-logs";
import type { EntryPlace, IndexedEntry } from "../log-index.ts";
import { facetField, fieldFacets, longWordFacet } from "./facets.ts";
import { isLongToken, tokenField } from "./query-bounds.ts";

export const partitionField = "footfall.partition";
export const offsetField = "footfall.offset";
export const generationField = "log.file.fingerprint";

type EcsDocument = ReturnType<typeof toEcsDocument>;

/** An entry as it is stored: its fields by the Elastic Common Schema, its place, and what searches look into. */
export function documentOf({ partition, offset, entry }: IndexedEntry): Readonly<Record<string, unknown>> {
  const tokens = tokensOf(entry.body);
  const kept = tokens.filter((token) => !isLongToken(token));
  const facets = fieldFacets(entry);
  if (kept.length < tokens.length) facets.add(longWordFacet);
  return {
    ...toEcsDocument(entry),
    [partitionField]: partition,
    // As text: JSON's numbers end at 2^53 in JavaScript.
    [offsetField]: String(offset),
    [tokenField]: kept.join(" "),
    [facetField]: [...facets],
  };
}

export function entryOf(source: Readonly<Record<string, unknown>>): IndexedEntry {
  return {
    partition: source[partitionField] as number,
    offset: BigInt(source[offsetField] as string),
    entry: fromEcsDocument(source as EcsDocument),
  };
}

export function placeOf({ partition, offset, entry }: IndexedEntry): EntryPlace {
  return { partition, offset, occurredAtMs: entry.occurredAtMs };
}

/** The same for a line that was sent again; of an entry that is from no file, its place in the topic. */
export function documentId({ partition, offset, entry: { source } }: IndexedEntry): string {
  return source ? hashOf(source.generation, String(source.offset)) : `logs/${partition}/${offset}`;
}

/** Ids have 512 bytes at most, generations may have more. */
export function hashOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 32);
}
