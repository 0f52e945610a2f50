import { eachField, foldText, isEntryField, type LogEntry, type LogValue } from "@footfall/service-logs";

/**
 * Facets: terms of an entry's document that say what its fields hold, so that a search means here what `matchesEntry`
 * means, whatever types and names services give their attributes. For the field `f`, and each name that may stand for
 * it:
 * - `f=folded\0json`  its value, folded as text and as it is;
 * - `f#hex`           a number, as 16 digits in the order of numbers;
 * - `f~`              a value that is too long or odd for the first.
 */
export const facetField = "facets";
/** The entry has a field whose name is too long for facets. */
export const longNameFacet = "~fields";
/** The body has a word that is too long for the index. */
export const longWordFacet = "~body";

const nameLengthMax = 300;
/** UTF-16 units of a folded value, and of a word. */
export const facetLengthMax = 200;
const jsonLengthMax = 2_000;
const valueEnd = "\0";
const surrogate = /\p{Surrogate}/u;

/** All facets of an entry's fields. */
export function fieldFacets(entry: LogEntry): Set<string> {
  const facets = new Set<string>();
  eachField(entry, (field, value) => {
    for (const name of namesOf(field)) if (name === field || !isEntryField(name)) addFacets(facets, name, value);
  });
  return facets;
}

/** The names that mean a field in a query: its own, and of an attribute its last parts. */
function namesOf(field: string): string[] {
  const names = [field];
  for (let dot = field.indexOf("."); dot !== -1; dot = field.indexOf(".", dot + 1)) {
    names.push(field.slice(dot + 1));
  }
  return names;
}

function addFacets(facets: Set<string>, name: string, value: LogValue): void {
  if (isLongName(name)) {
    facets.add(longNameFacet);
    return;
  }
  const folded = foldText(String(value));
  const json = JSON.stringify(value);
  const isPlain = isFacetText(folded) && json.length <= jsonLengthMax;
  facets.add(isPlain ? `${valueFacet(name, folded)}${valueEnd}${json}` : oddFacet(name));
  if (typeof value === "number") facets.add(numberFacet(name, value));
}

export function isLongName(name: string): boolean {
  return name.length > nameLengthMax;
}

/** Whether a folded text stands in facets as it is. */
export function isFacetText(folded: string): boolean {
  return folded.length <= facetLengthMax && !folded.includes(valueEnd) && !surrogate.test(folded);
}

/** Beginning of the facets of a field's values that begin with a text. */
export function valueFacet(name: string, folded: string): string {
  return `${escapedName(name)}=${folded}`;
}

/** What the facets of one value begin with. */
export function wholeValueFacet(name: string, folded: string): string {
  return valueFacet(name, folded) + valueEnd;
}

/** What stands between a folded value and the value itself. */
export function endedBy(folded: string): string {
  return folded + valueEnd;
}

export function oddFacet(name: string): string {
  return `${escapedName(name)}~`;
}

export function numberFacet(name: string, value: number): string {
  return `${escapedName(name)}#${sortableHex(value)}`;
}

/** Sorts after the facets of all numbers of a field. */
export function numbersEnd(name: string): string {
  return `${escapedName(name)}#g`;
}

/** The value that a facet stands for. */
export function valueOfFacet(facet: string): LogValue {
  return JSON.parse(facet.slice(facet.lastIndexOf(valueEnd) + 1)) as LogValue;
}

/** No name has a sign of ours in it then, nor what UTF-8 cannot say, and no two names become the same. */
function escapedName(name: string): string {
  return name.replaceAll(/[%=#~\0]|\p{Surrogate}/gu, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The bits of a double, turned so that texts have the order of numbers. */
function sortableHex(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  // Adding zero makes -0 the 0 that it equals.
  view.setFloat64(0, value + 0);
  const bits = view.getBigUint64(0);
  const sign = 1n << 63n;
  const ordered = (bits & sign) === 0n ? bits | sign : BigInt.asUintN(64, ~bits);
  return ordered.toString(16).padStart(16, "0");
}
