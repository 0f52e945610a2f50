import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { AppError, errorCodeOf } from "@footfall/base";
import { encodeEnvelope, type EventRejection, parseEvent, type RejectedEvent } from "@footfall/events";
import type { ClickLogFormat, ClickLogRow } from "@footfall/events/formats";
import type { FileRow } from "./read-rows.ts";

export interface RowJudgeOptions {
  readonly format: ClickLogFormat;
  readonly tenant: string;
  readonly nowMs: number;
  /** File that takes the valid ones, as envelopes in JSON lines. */
  readonly acceptedPath: string;
  readonly reject: (rejected: readonly RejectedEvent[]) => Promise<void>;
}

export interface JudgeAccount {
  accepted: number;
  rejected: number;
  /** Those of the rejected ones that could not even be read. */
  unreadable: number;
  readonly reasons: Record<string, number>;
}

const rejectedBatch = 1000;
const shownLengthMax = 100;

/** Rows that are judged one by one, by the code that judges events sent over HTTP. */
export class RowJudge {
  readonly account: JudgeAccount = { accepted: 0, rejected: 0, unreadable: 0, reasons: {} };
  readonly #options: RowJudgeOptions;
  readonly #accepted;
  #rejected: RejectedEvent[] = [];

  constructor(options: RowJudgeOptions) {
    this.#options = options;
    this.#accepted = createWriteStream(options.acceptedPath);
  }

  async judge(row: ClickLogRow): Promise<void> {
    const { format, tenant, nowMs } = this.#options;
    let event: unknown = row;
    try {
      event = format.toClickEvent(row, { hash: md5, tenant });
    } catch (error) {
      const field = error instanceof AppError ? String(error.context["field"] ?? "") : "";
      return this.#reject(row["line"] ?? row, { code: errorCodeOf(error), field, reason: (error as Error).message });
    }
    const parsed = parseEvent(event, { historic: true, receivedAtMs: nowMs, sentAtMs: nowMs, tenant });
    if (!parsed.ok) return this.#reject(event, { ...parsed.rejection, reason: withValue(parsed.rejection, event) });
    this.account.accepted += 1;
    if (!this.#accepted.write(`${encodeEnvelope(parsed.envelope)}\n`)) await once(this.#accepted, "drain");
  }

  /** Takes a row that could not even be read. */
  async rejectUnreadable({ text, problem }: FileRow): Promise<void> {
    this.account.unreadable += 1;
    await this.#reject(text, { code: "EVENT_BODY_MALFORMED", field: "", reason: problem ?? "" });
  }

  async #reject(event: unknown, rejection: EventRejection): Promise<void> {
    const { tenant, nowMs, reject } = this.#options;
    this.account.rejected += 1;
    const reason = rejection.field === "" ? rejection.code : `${rejection.code} ${rejection.field}`;
    this.account.reasons[reason] = (this.account.reasons[reason] ?? 0) + 1;
    this.#rejected.push({ ...rejection, tenant, rejectedAtMs: nowMs, sentAtMs: nowMs, historic: true, event });
    if (this.#rejected.length < rejectedBatch) return;
    await reject(this.#rejected);
    this.#rejected = [];
  }

  /** Hands over what is left; afterwards the file of the valid ones is whole. */
  async end(): Promise<void> {
    if (this.#rejected.length > 0) await this.#options.reject(this.#rejected);
    this.#rejected = [];
    await this.close();
  }

  async close(): Promise<void> {
    this.#accepted.end();
    if (!this.#accepted.closed) await once(this.#accepted, "close");
  }
}

/** The reason, with the text that it is about. */
function withValue({ field, reason }: EventRejection, event: unknown): string {
  const value = field
    .split("/")
    .slice(1)
    .reduce<unknown>((parent, key) => (parent as Record<string, unknown> | undefined)?.[key], event);
  if (typeof value !== "string" || value === "" || reason.includes(value)) return reason;
  return `${reason} It is ${JSON.stringify(value.slice(0, shownLengthMax))}.`;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
