import type { ClickEvent } from "../click-event.ts";

/** The file formats of click logs that `npm run import` and `npm run replay` read. */
export const clickLogFormatNames = ["retailrocket", "rees46", "yoochoose", "jsonl", "sessions"] as const;
export type ClickLogFormatName = (typeof clickLogFormatNames)[number];

/** One row of a click log: every column of the format by name, as the text that stands in the file. */
export type ClickLogRow = Readonly<Record<string, string>>;

export interface ClickLogTools {
  /** MD5 of the text's UTF-8 bytes as 32 lower-case hex digits. Passed in, since this package knows no platform. */
  readonly hash: (text: string) => string;
  /** The shop that the log is read for. */
  readonly tenant: string;
}

/** Which column says what. The import says the same in SQL from the same words. */
export interface ClickLogRoles {
  /** Column of the log's word for what happened, or what every row tells of. */
  readonly name: { readonly column: string } | { readonly always: "view_item" | "purchase" };
  readonly visitor: string;
  /** `quietSessionColumn` where the file has no such column. */
  readonly session: string;
  readonly time: string;
  readonly item: string;
  readonly brand?: string;
  /** Columns of which the first that is not empty counts. */
  readonly category?: readonly string[];
  readonly price?: string;
  readonly quantity?: string;
  readonly transaction?: string;
}

/**
 * Column that a reader adds where a log has no sessions: they end after 30 minutes of quiet of a visitor. It is no part
 * of a row's id, since part of a file may give other sessions than the whole.
 */
export const quietSessionColumn = "quiet_session";
export const quietSessionMs = 30 * 60_000;

export interface ClickLogFormat {
  readonly name: ClickLogFormatName;
  /** One line for `--help`. */
  readonly description: string;
  /**
   * Columns in the order of the file, each with the names a header line may give it (compared without case, `_` and
   * spaces). Empty for JSON lines: their rows have the one column `line`.
   */
  readonly columns: readonly { readonly name: string; readonly alsoNamed?: readonly string[] }[];
  /** `optional`: the first line is a header if it names all columns. */
  readonly header: "required" | "optional" | "none";
  /** Absent for JSON lines, which are events already. */
  readonly roles?: ClickLogRoles;
  /** Other columns under which the same name is published; the first line tells which they are. */
  readonly variants?: readonly ClickLogFormat[];
  /**
   * The event that a row tells of. It is not validated: what a row says wrong is in the event, as the text that stands
   * in the file, for the schema to refuse. The same row of a tenant always gives the same event id (`clickLogEventId`),
   * so repeats are recognised.
   * @throws AppError EVENT_BODY_MALFORMED where a JSON line is not JSON; EVENT_FIELD_INVALID where an id is a word for
   *   no value
   */
  readonly toClickEvent: (row: ClickLogRow, tools: ClickLogTools) => ClickEvent;
}

/** The columns of the rows of a format, in the order in which readers give them. */
export function rowColumns(format: ClickLogFormat): readonly string[] {
  if (format.roles === undefined) return ["line"];
  const names = format.columns.map(({ name }) => name);
  return format.roles.session === quietSessionColumn ? [...names, quietSessionColumn] : names;
}
