import { quotePath } from "@footfall/lake";
import type { LateRecord, SessionRow, SessionWindow } from "@footfall/windows";
import { sessionKeyText, windowAt, windowSizeMs } from "@footfall/windows";
import { type SessionKeyRow, sessionKeyRow, sessionKeyTypes } from "./sessions-sql.ts";

interface Minute {
  readonly tenant: string;
  readonly window_start_ms: number;
}

export interface Span extends SessionKeyRow {
  first_ms: number;
  last_ms: number;
}

/** What late events have touched since it was last recomputed: minutes, and spans of sessions. */
export class LateRecords {
  readonly minutes = new Map<string, Minute>();
  readonly spans = new Map<string, Span>();

  get size(): number {
    return this.minutes.size + this.spans.size;
  }

  add(record: LateRecord): void {
    const { tenant, occurredAtMs, isLateForWindow, isLateForSession } = record;
    if (isLateForWindow) {
      const { startMs } = windowAt(occurredAtMs, windowSizeMs);
      this.minutes.set(`${startMs} ${tenant}`, { tenant, window_start_ms: startMs });
    }
    if (isLateForSession) this.addSpan({ ...record, firstMs: occurredAtMs, lastMs: occurredAtMs });
  }

  addSpan(session: SessionWindow): void {
    const { firstMs, lastMs } = session;
    const key = sessionKeyText(session);
    const span = this.spans.get(key);
    if (span) {
      span.first_ms = Math.min(span.first_ms, firstMs);
      span.last_ms = Math.max(span.last_ms, lastMs);
    } else {
      this.spans.set(key, { ...sessionKeyRow(session), first_ms: firstMs, last_ms: lastMs });
    }
  }

  /** Rows of other sessions. Those of a session that is recomputed anyway widen its span instead. */
  withoutSpans(rows: readonly SessionRow[]): readonly SessionRow[] {
    if (this.spans.size === 0) return rows;
    return rows.filter((row) => {
      if (!this.spans.has(sessionKeyText(row))) return true;
      this.addSpan({ ...row, firstMs: row.sessionStartMs, lastMs: row.sessionEndMs });
      return false;
    });
  }
}

export function stagedMinutesSql(path: string): string {
  return `SELECT * FROM read_json(${quotePath(path)}, format = 'newline_delimited',
  columns = {tenant: 'VARCHAR', window_start_ms: 'BIGINT'})`;
}

export function stagedSpansSql(path: string): string {
  return `SELECT * FROM read_json(${quotePath(path)}, format = 'newline_delimited',
  columns = {${sessionKeyTypes}, first_ms: 'BIGINT', last_ms: 'BIGINT'})`;
}
