import Table from "cli-table3";

type Cell = string | number | bigint | boolean | null | undefined;
export type TableRow = Readonly<Record<string, unknown>>;

/** Rows as a table that a person can read; the first row names the columns. */
export function formatTable(rows: readonly TableRow[]): string {
  const [first] = rows;
  if (first === undefined) return "Nothing there.";
  const names = Object.keys(first);
  const table = new Table({ head: names, style: { head: [], border: [] } });
  for (const row of rows) table.push(names.map((name) => cell(row[name])));
  return table.toString();
}

/** The same as one line of JSON; whole numbers beyond 2^53 as text. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => plain(inner));
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? formatJson(value) : String(value as Cell);
}

/** JSON has no bigint. */
function plain(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
