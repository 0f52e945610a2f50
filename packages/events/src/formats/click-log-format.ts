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
  /**
   * The event that a row tells of. It is not validated: what a row says wrong is in the event for the schema to refuse.
   * The same row of a tenant always gives the same event id (`clickLogEventId`), so repeats are recognised.
   * @throws AppError EVENT_BODY_MALFORMED where a JSON line is not JSON
   */
  readonly toClickEvent: (row: ClickLogRow, tools: ClickLogTools) => ClickEvent;
}
