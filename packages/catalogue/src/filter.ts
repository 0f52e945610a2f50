/** A question to one field. `price` is what is paid: the sale price where there is one. */
export type FilterTerm =
  | { readonly field: string; readonly in: readonly string[] }
  | { readonly field: string; readonly min?: number; readonly max?: number }
  | { readonly field: "inStock"; readonly is: boolean };

export type Filter =
  { readonly all: readonly Filter[] } | { readonly any: readonly Filter[] } | { readonly not: Filter } | FilterTerm;

export interface FilterProblem {
  /** The part that is wrong: `filter.all[1].in`. */
  readonly place: string;
  readonly message: string;
}

export type ParsedFilter = { readonly filter: Filter } | { readonly problems: readonly FilterProblem[] };

export const filterBounds = {
  /** `all`, `any` and `not` within one another. */
  depthMax: 8,
  /** Terms of a filter. */
  termsMax: 64,
  /** Values of one `in`. */
  valuesMax: 256,
  /** Characters of a value or an attribute's name. */
  textLengthMax: 256,
} as const;

const members = ["all", "any", "not", "field"] as const;
const attribute = /^attr\../;

interface Reading {
  readonly problems: FilterProblem[];
  terms: number;
}

/**
 * Reads a filter from JSON: `{all: […]}`, `{any: […]}`, `{not: …}`, `{field, in: […]}`, `{field, min?, max?}`,
 * `{field: "inStock", is: true}`. Fields are `inStock`, `brand`, `category`, `price` and `attr.<name>`.
 * Total: names every part that is wrong.
 * @param place  how the filter is called in problems
 */
export function parseFilter(value: unknown, place = "filter"): ParsedFilter {
  const reading: Reading = { problems: [], terms: 0 };
  const filter = readFilter(value, place, 1, reading);
  if (reading.terms > filterBounds.termsMax) {
    reading.problems.push({ place, message: `must have at most ${filterBounds.termsMax} terms` });
  }
  return filter !== undefined && reading.problems.length === 0 ? { filter } : { problems: reading.problems };
}

function readFilter(value: unknown, place: string, depth: number, reading: Reading): Filter | undefined {
  const wrong = (part: string, message: string): undefined => {
    // A bound on what is told, for the same reason as on what is read.
    if (reading.problems.length < filterBounds.termsMax) reading.problems.push({ place: place + part, message });
  };
  if (depth > filterBounds.depthMax) return wrong("", `must not be nested deeper than ${filterBounds.depthMax}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong("", "must be an object");
  const entry = value as Record<string, unknown>;
  const named = members.filter((name) => Object.hasOwn(entry, name));
  if (named.length !== 1) return wrong("", "must have exactly one of all, any, not, field");
  const kind = named[0]!;
  if (kind === "field") return readTerm(entry, wrong, reading);
  for (const name of Object.keys(entry)) if (name !== kind) return wrong(`.${name}`, "is not known here");
  if (kind === "not") {
    const not = readFilter(entry["not"], `${place}.not`, depth + 1, reading);
    return not && { not };
  }
  const parts = entry[kind];
  if (!Array.isArray(parts) || parts.length === 0) return wrong(`.${kind}`, "must be a list with at least one filter");
  if (parts.length > filterBounds.termsMax) {
    return wrong(`.${kind}`, `must have at most ${filterBounds.termsMax} filters`);
  }
  const read = parts.map((part, at) => readFilter(part, `${place}.${kind}[${at}]`, depth + 1, reading));
  return read.every((part) => part !== undefined) ? ({ [kind]: read } as unknown as Filter) : undefined;
}

type Wrong = (part: string, message: string) => undefined;

function readTerm(entry: Record<string, unknown>, wrong: Wrong, reading: Reading): Filter | undefined {
  reading.terms += 1;
  const { field } = entry;
  if (typeof field !== "string" || !isField(field)) {
    return wrong(".field", "must be inStock, brand, category, price or attr.<name>");
  }
  const taken = field === "inStock" ? ["is"] : field === "price" ? ["min", "max"] : termMembers(field);
  for (const name of Object.keys(entry)) {
    if (name !== "field" && !taken.includes(name)) return wrong(`.${name}`, `is not asked of ${field}`);
  }
  if (field === "inStock") {
    if (typeof entry["is"] !== "boolean") return wrong(".is", "must be true or false");
    return { field, is: entry["is"] };
  }
  if (Object.hasOwn(entry, "in")) {
    if (Object.hasOwn(entry, "min") || Object.hasOwn(entry, "max"))
      return wrong(".in", "cannot stand beside min or max");
    return readValues(field, entry["in"], wrong);
  }
  return readRange(field, entry, wrong);
}

function termMembers(field: string): readonly string[] {
  return attribute.test(field) ? ["in", "min", "max"] : ["in"];
}

function isField(field: string): boolean {
  if (field === "inStock" || field === "brand" || field === "category" || field === "price") return true;
  return attribute.test(field) && field.length <= filterBounds.textLengthMax;
}

function readValues(field: string, values: unknown, wrong: Wrong): Filter | undefined {
  if (!Array.isArray(values) || values.length === 0) return wrong(".in", "must be a list with at least one value");
  if (values.length > filterBounds.valuesMax) return wrong(".in", `must have at most ${filterBounds.valuesMax} values`);
  for (const [at, value] of values.entries()) {
    const isValue = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (!isValue) return wrong(`.in[${at}]`, "must be a text, number, true or false");
    if (String(value).length > filterBounds.textLengthMax) {
      return wrong(`.in[${at}]`, `must be at most ${filterBounds.textLengthMax} characters long`);
    }
  }
  return { field, in: values.map(String) };
}

function readRange(field: string, entry: Record<string, unknown>, wrong: Wrong): Filter | undefined {
  const range: { field: string; min?: number; max?: number } = { field };
  for (const name of ["min", "max"] as const) {
    const value = entry[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || !Number.isFinite(value)) return wrong(`.${name}`, "must be a number");
    range[name] = value;
  }
  if (range.min === undefined && range.max === undefined) {
    return wrong("", field === "price" ? "must have min or max" : `must ask something of ${field}: in, min or max`);
  }
  if (range.min !== undefined && range.max !== undefined && range.min > range.max) {
    return wrong(".min", "must not be above max");
  }
  return range;
}
