import { AppError } from "@footfall/base";
import type { ClickLogFormat } from "./click-log-format.ts";

/** How the columns of a format lie in one file. */
export interface ClickLogLayout {
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
  const cells = firstLine.replace(/^\ufeff/, "").split(delimiter);
  const byHeader = cells.map((cell) => columnNamed(format, cell));
  const missing = format.columns.map((column) => column.name).filter((name) => !byHeader.includes(name));
  if (format.header !== "none" && missing.length === 0) return { delimiter, hasHeader: true, columns: byHeader };
  if (format.header === "required") {
    throw invalid(format, `its first line lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}`);
  }
  if (cells.length < format.columns.length) {
    throw invalid(format, `its first line has ${cells.length} columns of ${format.columns.length}`);
  }
  return { delimiter, hasHeader: false, columns: cells.map((_cell, index) => format.columns[index]?.name) };
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
  const expected = format.columns.map((column) => column.name).join(",");
  return new AppError(
    "INPUT_FORMAT_INVALID",
    `The file is not of format ${format.name}: ${fault}. Expected ${expected}.`,
  );
}
