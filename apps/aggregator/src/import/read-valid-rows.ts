import { dateOf } from "@footfall/base";
import { eventRowsSql } from "../events/events-sql.ts";
import { clickLogRowsSql, identifiedRowsSql, isPlainSql, plainEventRowsSql } from "./click-log-sql.ts";
import { timedRowsSql } from "./click-log-time-sql.ts";
import type { ClickLogFile } from "./open-click-log.ts";
import { readRows, requireAll } from "./read-rows.ts";
import type { RowJudge } from "./row-judge.ts";
import { plainRows, type SplittableRows, stageRows } from "./stage-rows.ts";
import { type RowSurvey, surveyRows } from "./survey-rows.ts";

/** The rows of a click log that are events, as SQL. */
export interface ValidRows {
  /** Rows of table `events`, each event once; empty where there is none. */
  readonly sql: string;
  /** Column event_id of all of them, also of those that stand in the file more than once. */
  readonly idsSql: string;
  /** Dates that the events may lie on. */
  readonly dates: { readonly first: string; readonly last: string } | "any";
  readonly tenant: string;
  readonly count: number;
  /** Those of the plain ones that stand in the file before; of the judged ones `judgedIdsSql` tells. */
  readonly plainRepeats: number;
  /** Column event_id of the judged ones; undefined where there is none. */
  readonly judgedIdsSql: string | undefined;
  /** Rows of the file, the refused ones included, as counted from its bytes. */
  readonly read: number;
}

export interface ReadOptions {
  readonly tenant: string;
  readonly nowMs: number;
  /** Files of this import's own: for the events that were judged, and for rows that have to be staged. */
  readonly acceptedPath: string;
  readonly stagedPath: string;
}

/**
 * Reads a click log. DuckDB reads what it surely understands as we do, in bulk; every other row goes to the judge.
 * @throws AppError INPUT_FORMAT_INVALID, INTERNAL
 */
export async function readValidRows(file: ClickLogFile, judge: RowJudge, options: ReadOptions): Promise<ValidRows> {
  const { format } = file.layout;
  const { tenant, acceptedPath } = options;
  const judgedSql = `SELECT DISTINCT ON (event_id) * FROM (${eventRowsSql(acceptedPath)})`;
  const judgedIdsSql = `SELECT event_id FROM (${eventRowsSql(acceptedPath)})`;
  if (format.roles === undefined) {
    const read = await judgeLines(file, judge);
    const { accepted } = judge.account;
    return {
      sql: accepted > 0 ? judgedSql : "",
      idsSql: judgedIdsSql,
      dates: "any",
      tenant,
      count: accepted,
      plainRepeats: 0,
      judgedIdsSql,
      read,
    };
  }
  const { table, survey } = await surveyFile(file, judge, options);
  await judge.end();
  const { accepted, unreadable } = judge.account;
  const plainSql = (rowsSql: string) => {
    const timed = `SELECT * FROM (${timedRowsSql(format, rowsSql)}) WHERE ${isPlainSql(format, options.nowMs)}`;
    return plainEventRowsSql(format, identifiedRowsSql(format, timed, tenant), tenant, options.nowMs);
  };
  const rowsSql = clickLogRowsSql(table.source);
  const parts: string[] = [];
  const idParts: string[] = [];
  if (survey.plain > 0) {
    parts.push(`SELECT * FROM (${plainSql(survey.repeats > 0 ? `SELECT DISTINCT * FROM (${rowsSql})` : rowsSql)})`);
    idParts.push(`SELECT event_id FROM (${plainSql(rowsSql)})`);
  }
  if (accepted > 0) {
    parts.push(`(${judgedSql})`);
    idParts.push(judgedIdsSql);
  }
  return {
    sql: parts.join(" UNION ALL BY NAME "),
    idsSql: idParts.join(" UNION ALL "),
    dates: accepted > 0 || survey.plain === 0 ? "any" : { first: dateOf(survey.firstMs), last: dateOf(survey.lastMs) },
    tenant,
    count: survey.plain + accepted,
    plainRepeats: survey.repeats,
    judgedIdsSql: accepted > 0 ? judgedIdsSql : undefined,
    read: table.rows + unreadable,
  };
}

async function surveyFile(
  file: ClickLogFile,
  judge: RowJudge,
  { nowMs, stagedPath }: ReadOptions,
): Promise<{ readonly table: SplittableRows; readonly survey: RowSurvey }> {
  const plain = await plainRows(file);
  if (plain) {
    const survey = await surveyRows(plain, judge, nowMs);
    if (survey) return { table: plain, survey };
  }
  const table = await stageRows(file, stagedPath, judge);
  const survey = await surveyRows(table, judge, nowMs);
  // Each staged row is one, so DuckDB cannot see it otherwise.
  requireAll(file.path, table.rows, survey?.rows ?? 0);
  return { table, survey: survey! };
}

/** Judges every line of a file of JSON lines. @returns how many there are */
async function judgeLines(file: ClickLogFile, judge: RowJudge): Promise<number> {
  let read = 0;
  for await (const rows of readRows(file)) {
    read += rows.length;
    for (const row of rows) {
      if (row.problem === undefined) await judge.judge({ line: row.text });
      else await judge.rejectUnreadable(row);
    }
  }
  await judge.end();
  return read;
}
