import type { CatalogueChange } from "@footfall/feeds";

interface ShownChange {
  readonly operation: CatalogueChange["operation"];
  readonly itemId: string;
  /** By column: as it was, and as it would be. Only of updates. */
  readonly columns: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
}

type Columns = Readonly<Record<string, unknown>>;

/** Keeps the first changes, column by column. */
export function firstChanges(max: number) {
  const found: ShownChange[] = [];
  return {
    found: found as readonly ShownChange[],
    add({ operation, itemId, before, after }: CatalogueChange): void {
      if (found.length >= max) return;
      found.push({ operation, itemId, columns: operation === "update" ? changedColumns(before, after) : {} });
    },
    /** One a column. */
    rows: () =>
      found.flatMap(({ operation, itemId, columns }) => {
        const entries = Object.entries(columns);
        if (entries.length === 0) return [{ change: operation, item: itemId, column: "", before: "", after: "" }];
        return entries.map(([column, { before, after }], index) => ({
          change: index === 0 ? operation : "",
          item: index === 0 ? itemId : "",
          column,
          before: shorten(before),
          after: shorten(after),
        }));
      }),
  };
}

function changedColumns(before: string, after: string): ShownChange["columns"] {
  const [old, young] = [flatten(JSON.parse(before) as Columns), flatten(JSON.parse(after) as Columns)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])];
  const changed = names.filter((name) => JSON.stringify(old[name]) !== JSON.stringify(young[name]));
  return Object.fromEntries(changed.map((name) => [name, { before: old[name] ?? null, after: young[name] ?? null }]));
}

/** Attributes one by one, as `attributes.<name>`. */
function flatten(row: Columns): Columns {
  const { attributes, ...columns } = row;
  const inner = Object.entries((attributes ?? {}) as Columns).map(([name, value]) => [`attributes.${name}`, value]);
  return { ...columns, ...Object.fromEntries(inner) };
}

function shorten(value: unknown): string {
  const text = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
