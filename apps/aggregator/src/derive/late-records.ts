import { quotePath } from "@footfall/lake";
import type { LateRecord, SessionRow, SessionWindow } from "@footfall/windows";
import { windowAt, windowSizeMs } from "@footfall/windows";

interface Minute {
  readonly tenant: string;
  readonly window_start_ms: number;
}

export interface Span {
  readonly tenant: string;
  readonly session_id: string;
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

  add({ tenant, sessionId, occurredAtMs, isLateForWindow, isLateForSession }: LateRecord): void {
    if (isLateForWindow) {
      const { startMs } = windowAt(occurredAtMs, windowSizeMs);
      this.minutes.set(`${startMs} ${tenant}`, { tenant, window_start_ms: startMs });
    }
    if (isLateForSession) this.addSpan({ tenant, sessionId, firstMs: occurredAtMs, lastMs: occurredAtMs });
  }

  addSpan({ tenant, sessionId, firstMs, lastMs }: SessionWindow): void {
    const key = `${sessionId}\u0000${tenant}`;
    const span = this.spans.get(key);
    if (span) {
      span.first_ms = Math.min(span.first_ms, firstMs);
      span.last_ms = Math.max(span.last_ms, lastMs);
    } else {
      this.spans.set(key, { tenant, session_id: sessionId, first_ms: firstMs, last_ms: lastMs });
    }
  }

  /** Rows of other sessions. Those of a session that is recomputed anyway widen its span instead. */
  withoutSpans(rows: readonly SessionRow[]): readonly SessionRow[] {
    if (this.spans.size === 0) return rows;
    return rows.filter(({ tenant, sessionId, sessionStartMs, sessionEndMs }) => {
      if (!this.spans.has(`${sessionId}\u0000${tenant}`)) return true;
      this.addSpan({ tenant, sessionId, firstMs: sessionStartMs, lastMs: sessionEndMs });
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
  columns = {tenant: 'VARCHAR', session_id: 'VARCHAR', first_ms: 'BIGINT', last_ms: 'BIGINT'})`;
}
