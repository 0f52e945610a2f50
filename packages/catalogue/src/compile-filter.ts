import type { Catalogue } from "./catalogue.ts";
import type { Filter, FilterTerm } from "./filter.ts";
import type { ValueColumn } from "./value-column.ts";

/** Whether the filter holds of the item with this number, as the catalogue is at the moment. Not of one it lacks. */
export type CompiledFilter = (number: number) => boolean;

type Test = (number: number) => boolean;

/**
 * Makes a filter a function over a catalogue. It never goes stale: what it remembers of values is looked up again when
 * they change. An item that the catalogue does not hold, or no longer, is never let through, not even by `not`.
 * Of a value that the shop does not tell no term holds, so its `not` does.
 */
export function compileFilter(filter: Filter, catalogue: Catalogue): CompiledFilter {
  const test = compile(filter, catalogue);
  return (number) => catalogue.holds(number) && test(number);
}

function compile(filter: Filter, catalogue: Catalogue): Test {
  if ("all" in filter) {
    const tests = filter.all.map((part) => compile(part, catalogue));
    if (tests.length === 1) return tests[0]!;
    return (number) => {
      for (const test of tests) if (!test(number)) return false;
      return true;
    };
  }
  if ("any" in filter) {
    const tests = filter.any.map((part) => compile(part, catalogue));
    return (number) => {
      for (const test of tests) if (test(number)) return true;
      return false;
    };
  }
  if ("not" in filter) {
    const test = compile(filter.not, catalogue);
    return (number) => !test(number);
  }
  return compileTerm(filter, catalogue);
}

function compileTerm(term: FilterTerm, catalogue: Catalogue): Test {
  if ("is" in term) {
    const stock = Number(term.is);
    return (number) => catalogue.stockOf(number) === stock;
  }
  const column = columnReader(term.field, catalogue);
  if ("in" in term) return inList(column, term.in, term.field === "category");
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = term;
  if (term.field === "price") {
    return (number) => {
      const price = catalogue.priceOf(number);
      return price >= min && price <= max;
    };
  }
  return (number) => {
    const values = column();
    const code = values?.codeOf(number) ?? -1;
    if (code < 0) return false;
    const value = values!.numbers[code]!;
    return value >= min && value <= max;
  };
}

/** The column of an attribute comes into being with the first item that has it. */
function columnReader(field: string, catalogue: Catalogue): () => ValueColumn | undefined {
  if (field === "brand") return () => catalogue.brand;
  if (field === "category") return () => catalogue.category;
  const name = field.slice("attr.".length);
  let column: ValueColumn | undefined;
  return () => (column ??= catalogue.attribute(name));
}

function inList(column: () => ValueColumn | undefined, wanted: readonly string[], isPath: boolean): Test {
  const texts = new Set(wanted);
  let codes = new Uint8Array(0);
  let version = -1;
  return (number) => {
    const values = column();
    if (values === undefined) return false;
    if (values.version !== version) {
      codes = Uint8Array.from(values.texts, (held) =>
        Number(held.some((text) => (isPath ? isWithin(text, texts) : texts.has(text)))),
      );
      version = values.version;
    }
    const code = values.codeOf(number);
    return code >= 0 && codes[code] === 1;
  };
}

/** A category holds what is filed below it: `Clothes` has the items of `Clothes > Shirts`. */
function isWithin(path: string, wanted: ReadonlySet<string>): boolean {
  if (wanted.has(path)) return true;
  for (let end = path.lastIndexOf(">"); end > 0; end = path.lastIndexOf(">", end - 1)) {
    if (wanted.has(path.slice(0, end).trimEnd())) return true;
  }
  return false;
}
