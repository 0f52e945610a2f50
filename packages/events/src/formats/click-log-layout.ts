import { AppError } from "@footfall/base";
import type { ClickLogFormat } from "./click-log-format.ts";
import { splitRow } from "./split-row.ts";

/** How the columns of a format lie in one file. */
export interface ClickLogLayout {
  /** The format, or that of its variants which the file has. */
  readonly format: ClickLogFormat;
  readonly delimiter: "," | "\t";
  readonly hasHeader: boolean;
  /** Name of each column of the file, in its order; undefined where the format does not know the column. */
  readonly columns: readonly (string | undefined)[];
}

/**
 * Finds out from the first line of a file how its columns lie. Not for JSON lines, which have none.
 * @param firstLine  without its line end
 * @throws AppError INPUT_FORMAT_INVALID naming the columns that are missing
 */
export function clickLogLayout(format: ClickLogFormat, firstLine: string): ClickLogLayout {
  const delimiter = firstLine.includes("\t") ? "\t" : ",";
  const split = splitRow(firstLine.replace(/^\ufeff/, ""), delimiter);
  if ("problem" in split) throw invalid(format, `in its first line ${split.problem}`);
  const { cells } = split;
  const kinds = [format, ...(format.variants ?? [])];
  for (const kind of kinds) {
    if (kind.header === "none") continue;
    const columns = cells.map((cell) => columnNamed(kind, cell));
    if (kind.columns.every(({ name }) => columns.includes(name))) {
      return { format: kind, delimiter, hasHeader: true, columns };
    }
  }
  const headless = kinds.filter(({ header }) => header !== "required");
  const kind =
    headless.find(({ columns }) => columns.length === cells.length) ??
    headless.find(({ columns }) => columns.length < cells.length);
  if (kind) {
    return {
      format: kind,
      delimiter,
      hasHeader: false,
      columns: cells.map((_cell, index) => kind.columns[index]?.name),
    };
  }
  if (headless.length > 0)
    throw invalid(format, `its first line has ${cells.length} columns of ${format.columns.length}`);
  const byHeader = cells.map((cell) => columnNamed(format, cell));
  const missing = format.columns.map((column) => column.name).filter((name) => !byHeader.includes(name));
  throw invalid(format, `its first line lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}`);
}

function columnNamed(format: ClickLogFormat, cell: string): string | undefined {
  const plain = plainName(cell);
  return format.columns.find((column) => [column.name, ...(column.alsoNamed ?? [])].some((n) => plainName(n) === plain))
    ?.name;
}

function plainName(name: string): string {
  return name.replace(/["_\s]/g, "").toLowerCase();
}

function invalid(format: ClickLogFormat, fault: string): AppError {
  const expected = [format, ...(format.variants ?? [])].map((kind) => kind.columns.map(({ name }) => name).join(","));
  return new AppError(
    "INPUT_FORMAT_INVALID",
    `The file is not of format ${format.name}: ${fault}. Expected ${expected.join(" or ")}.`,
  );
}
