import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { DuckDBInstance } from "@duckdb/node-api";
import { errorCodeOf } from "@footfall/base";
import { encodeEnvelope, type EventRejection, parseEvent, type RejectedEvent } from "@footfall/events";
import { type ClickLogFormat, clickLogFormats, type ClickLogRow } from "@footfall/events/formats";
import { type ClickLogSource, clickLogRowsSql, isPlainSql, timedRowsSql } from "./click-log-sql.ts";

export interface OddRowsOptions {
  readonly tenant: string;
  readonly nowMs: number;
  /** File that takes the valid ones, as envelopes in JSON lines. */
  readonly acceptedPath: string;
  readonly reject: (rejected: readonly RejectedEvent[]) => Promise<void>;
  readonly onProgress: (rows: number) => void;
}

export interface OddRowsAccount {
  accepted: number;
  rejected: number;
  readonly reasons: Record<string, number>;
}

const rejectedBatch = 1000;

/** Rows that are judged one by one, by the code that judges events sent over HTTP. */
class RowJudge {
  readonly account: OddRowsAccount = { accepted: 0, rejected: 0, reasons: {} };
  readonly #options: OddRowsOptions;
  readonly #format: ClickLogFormat;
  readonly #accepted;
  #rejected: RejectedEvent[] = [];

  constructor(format: ClickLogFormat, options: OddRowsOptions) {
    this.#format = format;
    this.#options = options;
    this.#accepted = createWriteStream(options.acceptedPath);
  }

  async judge(row: ClickLogRow): Promise<void> {
    const { tenant, nowMs } = this.#options;
    let event: unknown = row;
    try {
      event = this.#format.toClickEvent(row, { hash: md5, tenant });
    } catch (error) {
      return this.reject(row["line"] ?? row, { code: errorCodeOf(error), field: "", reason: (error as Error).message });
    }
    const parsed = parseEvent(event, { historic: true, receivedAtMs: nowMs, sentAtMs: nowMs, tenant });
    if (!parsed.ok) return this.reject(event, parsed.rejection);
    this.account.accepted += 1;
    if (!this.#accepted.write(`${encodeEnvelope(parsed.envelope)}\n`)) await once(this.#accepted, "drain");
  }

  async reject(event: unknown, rejection: EventRejection): Promise<void> {
    const { tenant, nowMs, reject } = this.#options;
    this.account.rejected += 1;
    const reason = rejection.field === "" ? rejection.code : `${rejection.code} ${rejection.field}`;
    this.account.reasons[reason] = (this.account.reasons[reason] ?? 0) + 1;
    this.#rejected.push({ ...rejection, tenant, rejectedAtMs: nowMs, sentAtMs: nowMs, historic: true, event });
    if (this.#rejected.length < rejectedBatch) return;
    await reject(this.#rejected);
    this.#rejected = [];
  }

  async end(): Promise<void> {
    if (this.#rejected.length > 0) await this.#options.reject(this.#rejected);
    this.#accepted.end();
    await once(this.#accepted, "close");
  }
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** Judges every line of a file of JSON lines. @returns the account, and how many lines were read */
export async function judgeJsonLines(
  path: string,
  options: OddRowsOptions,
): Promise<OddRowsAccount & { read: number }> {
  const judge = new RowJudge(clickLogFormats.jsonl, options);
  let read = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (line.trim() === "") continue;
    read += 1;
    await judge.judge({ line });
    if (read % 10_000 === 0) options.onProgress(read);
  }
  await judge.end();
  return { ...judge.account, read };
}

export interface ClickLogSurvey extends OddRowsAccount {
  readonly read: number;
  /** Whether some row stands there twice. */
  readonly hasRepeats: boolean;
  /** First and last time of the rows that SQL is sure of; Infinity and -Infinity where there is none. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Judges the rows that SQL is not sure of and the lines that are no CSV, and looks over the rest. */
export async function judgeOddRows(source: ClickLogSource, options: OddRowsOptions): Promise<ClickLogSurvey> {
  const judge = new RowJudge(source.format, options);
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: "1GB" });
  const connection = await instance.connect();
  try {
    const rows = timedRowsSql(source, clickLogRowsSql(source, "store"));
    const isPlain = isPlainSql(source, options.nowMs);
    const names = source.format.columns.map((column) => column.name);
    const columns = names.map((name) => `"${name}"`).join(", ");
    const counted = await connection.runAndReadAll(
      `SELECT count(*)::DOUBLE, count(*) FILTER (${isPlain})::DOUBLE, min(time_ms) FILTER (${isPlain})::DOUBLE,
        max(time_ms) FILTER (${isPlain})::DOUBLE, count(DISTINCT hash(${columns}))::DOUBLE FROM (${rows})`,
    );
    type Counted = [number, number, number | null, number | null, number];
    const [read, plain, firstMs, lastMs, distinct] = counted.getRows()[0] as Counted;
    const lines = await connection.runAndReadAll(
      "SELECT line, any_value(csv_line), any_value(error_message) FROM reject_errors GROUP BY line",
    );
    for (const [line, text, message] of lines.getRows()) {
      const reason = `Line ${String(line)} is not CSV of this format: ${String(message).split("\n")[0]}`;
      await judge.reject(String(text), { code: "EVENT_BODY_MALFORMED", field: "", reason });
    }
    if (plain < read) {
      const skipping = timedRowsSql(source, clickLogRowsSql(source, "skip"));
      const odd = await connection.stream(`SELECT ${columns} FROM (${skipping}) WHERE NOT ${isPlain}`);
      for await (const chunk of odd) {
        for (const values of chunk.getRows()) {
          await judge.judge(Object.fromEntries(names.map((name, index) => [name, String(values[index])])));
        }
      }
    }
    return {
      ...judge.account,
      read: read + lines.getRows().length,
      hasRepeats: distinct < read,
      firstMs: firstMs ?? Number.POSITIVE_INFINITY,
      lastMs: lastMs ?? Number.NEGATIVE_INFINITY,
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
    await judge.end();
  }
}
