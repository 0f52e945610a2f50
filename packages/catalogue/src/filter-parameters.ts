import { type Filter, type FilterProblem, type ParsedFilter, parseFilter } from "./filter.ts";

const plainNames = new Set(["inStock", "brand", "category", "priceMin", "priceMax", "filter"]);
const attributeName = /^attr(Min|Max)?\../;
const number = /^-?\d{1,15}(\.\d{1,9})?$/;

/** Whether a parameter of a GET request is part of its filter. */
export function isFilterParameter(name: string): boolean {
  return plainNames.has(name) || attributeName.test(name);
}

/**
 * The compact form: `inStock=true&brand=a,b&category=X&priceMin=5&priceMax=9&attr.color=red&attrMin.size=40`. All of it
 * must hold; commas part the values of one `in`, and `filter=` takes the JSON form beside it. Empty values count as
 * absent.
 * @param parameters  name and value of the parameters of a filter, decoded, in their order
 */
export function parseFilterParameters(parameters: readonly (readonly [name: string, value: string])[]): ParsedFilter {
  const problems: FilterProblem[] = [];
  const lists = new Map<string, string[]>();
  const ranges = new Map<string, { field: string; min?: number; max?: number }>();
  const all: unknown[] = [];
  for (const [name, value] of parameters) {
    if (value === "") continue;
    const wrong = (message: string): unknown => problems.push({ place: name, message });
    const [, bound, attribute] = /^(?:attr|price)(Min|Max)(?:\.(.+))?$/s.exec(name) ?? [];
    if (name === "inStock") {
      if (value !== "true" && value !== "false") wrong("must be true or false");
      else all.push({ field: "inStock", is: value === "true" });
    } else if (name === "filter") readJson(value, all, wrong);
    else if (bound !== undefined) {
      const field = attribute === undefined ? "price" : `attr.${attribute}`;
      const range = ranges.get(field) ?? { field };
      const side = bound === "Min" ? "min" : "max";
      if (!number.test(value)) wrong("must be a decimal number");
      else if (range[side] !== undefined) wrong("must not be given twice");
      else ranges.set(field, { ...range, [side]: Number(value) });
    } else {
      const values = value.split(",").filter((part) => part !== "");
      const listed = lists.get(name);
      if (listed) listed.push(...values);
      else lists.set(name, values);
    }
  }
  for (const [field, values] of lists) if (values.length > 0) all.push({ field, in: values });
  all.push(...ranges.values());
  if (problems.length > 0) return { problems };
  const parsed = parseFilter(all.length === 1 ? all[0] : { all });
  return "filter" in parsed ? parsed : { problems: parsed.problems };
}

function readJson(value: string, all: unknown[], wrong: (message: string) => unknown): void {
  try {
    all.push(JSON.parse(value) as Filter);
  } catch (error) {
    wrong(`is no JSON: ${(error as Error).message}`);
  }
}
