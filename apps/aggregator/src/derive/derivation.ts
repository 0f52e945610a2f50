import type { EventEnvelope } from "@footfall/events";
import type { ItemWindow, LateRecord, OrderLines, SessionRow, SessionWindows } from "@footfall/windows";
import { type AggregationLake, withRowsSql } from "../aggregation-lake.ts";
import { catchUp } from "./catch-up.ts";
import { commitItemWindows } from "./commit-item-windows.ts";
import { commitSessions } from "./commit-sessions.ts";
import { type DerivedProgress, derivedProgress, storedProgress } from "./derived-progress.ts";
import { LateRecords, stagedMinutesSql, stagedSpansSql } from "./late-records.ts";
import { stagedSessionRowsSql } from "./sessions-sql.ts";
import {
  type ItemWindows,
  orderLinesFromMs,
  restoreItemWindows,
  restoreOrderLines,
  restoreSessions,
  type WindowBounds,
} from "./restore.ts";

/** A derived table says at least once in so many versions of `events` that it is up to date. */
const versionsBehindMax = 100;
/** So many late records are recomputed at once, whatever the interval. */
const lateRecordsMax = 100_000;

export interface DerivationOptions {
  readonly tables: AggregationLake;
  readonly bounds: WindowBounds;
  /** Runs durable work until it succeeds, or is refused for good. */
  readonly persist: <T>(what: string, work: () => Promise<T>) => Promise<T>;
}

/** The two tables made from `events`: their open windows in memory, and what has closed on its way into the lake. */
export class Derivation {
  readonly #options: DerivationOptions;
  readonly windows: ItemWindows;
  readonly sessions: SessionWindows;
  #windowsProgress: DerivedProgress;
  #sessionsProgress: DerivedProgress;
  readonly #orderLines: OrderLines;
  readonly #orderLinesFromMs: number;
  #isOverturned = false;
  #late = new LateRecords();
  /** The newest version of `events` before the oldest late record that is waiting. */
  #versionBeforeLate: number | undefined;
  #version: number;

  private constructor(
    options: DerivationOptions,
    state: {
      readonly windows: ItemWindows;
      readonly sessions: SessionWindows;
      readonly windowsProgress: DerivedProgress;
      readonly sessionsProgress: DerivedProgress;
      readonly orderLines: OrderLines;
      readonly version: number;
    },
  ) {
    this.#options = options;
    this.windows = state.windows;
    this.sessions = state.sessions;
    this.#windowsProgress = state.windowsProgress;
    this.#sessionsProgress = state.sessionsProgress;
    this.#orderLines = state.orderLines;
    this.#orderLinesFromMs = orderLinesFromMs(state.sessionsProgress.watermarkMs);
    this.#version = state.version;
  }

  /**
   * Brings the tables up to `events` and takes the open windows into memory.
   * @param initialWatermarkMs  where a lake begins whose events nobody has derived from yet
   */
  static async open(options: DerivationOptions, initialWatermarkMs: number): Promise<Derivation> {
    const { tables, bounds } = options;
    const before = storedProgress(await tables.sessions.snapshot());
    let targetMs = before.eventsVersion < 0 ? initialWatermarkMs : Number.NEGATIVE_INFINITY;
    for (;;) {
      await catchUp(tables, targetMs);
      const events = await tables.events.snapshot();
      const windowsProgress = derivedProgress(await tables.itemWindows.snapshot());
      const sessionsProgress = derivedProgress(await tables.sessions.snapshot());
      const windows = await restoreItemWindows(tables, events, windowsProgress.watermarkMs, bounds);
      const sessions = await restoreSessions(tables, events, sessionsProgress.watermarkMs, bounds);
      // Where more were open than fit, the oldest have closed early: these are still to be made from `events`.
      targetMs = Math.max(targetMs, sessions.watermarkMs);
      if (sessions.watermarkMs > sessionsProgress.watermarkMs) continue;
      const orderLines = await restoreOrderLines(tables, events, sessionsProgress.watermarkMs);
      const newest = (await tables.events.snapshot()).version;
      const { version } = events;
      if (newest === version)
        return new Derivation(options, { windows, sessions, windowsProgress, sessionsProgress, orderLines, version });
    }
  }

  /** Version of `events` that this state was read at. */
  get version(): number {
    return this.#version;
  }

  get watermarkMs(): number {
    return Math.max(this.windows.watermarkMs, this.sessions.watermarkMs);
  }

  get lateRecords(): number {
    return this.#late.size;
  }

  /** Whether a purchase has come before one that counted until then: what is held here is wrong, `events` is not. */
  get isOverturned(): boolean {
    return this.#isOverturned;
  }

  /** Takes an event in; true where it was late for a window or its session. */
  observe(sent: EventEnvelope): boolean {
    if (sent.isBot) return false;
    const { event, displaces } = this.#orderLines.observe(sent);
    // Of an order so old one cannot tell here whether a later purchase counts.
    const isUnknown = sent.transaction_id !== undefined && sent.occurredAtMs < this.#orderLinesFromMs;
    if (displaces || (isUnknown && sent.name === "purchase")) this.#isOverturned = true;
    const isLateForWindow = this.windows.observe(event) === "late";
    const isLateForSession = this.sessions.observe(event) === "late";
    if (!isLateForWindow && !isLateForSession) return false;
    const { tenant, visitorId, sessionId, occurredAtMs } = event;
    const record: LateRecord = { tenant, visitorId, sessionId, occurredAtMs, isLateForWindow, isLateForSession };
    this.#versionBeforeLate ??= this.#version;
    this.#late.add(record);
    return true;
  }

  /** Says that all events taken in are in the lake, the newest at this version. */
  committedAt(version: number): void {
    this.#version = version;
  }

  /**
   * Commits the windows that have closed at the watermark. Sessions and late records follow when `isDue`, since each
   * costs files and reading.
   * @returns rows written per table
   */
  async commitReady(watermarkMs: number, isDue: boolean): Promise<{ itemWindows: number; sessions: number }> {
    const rows = this.windows.closeReady(watermarkMs);
    const isLateDue = this.#late.size > 0 && (isDue || this.#late.size > lateRecordsMax);
    if (!isDue && !isLateDue) return { itemWindows: await this.#commitWindows(rows, new LateRecords()), sessions: 0 };
    const late = this.#late;
    const closed = this.sessions.closeReady(watermarkMs);
    for (const session of closed.recompute) late.addSpan(session);
    const sessionRows = late.withoutSpans(closed.rows);
    this.#late = new LateRecords();
    this.#versionBeforeLate = undefined;
    return {
      itemWindows: await this.#commitWindows(rows, late),
      sessions: await this.#commitSessions(sessionRows, late),
    };
  }

  async #commitWindows(rows: readonly ItemWindow[], late: LateRecords): Promise<number> {
    const { tables, persist } = this.#options;
    const from = this.#windowsProgress;
    const eventsVersion = this.#versionBeforeLate ?? this.#version;
    const to = { eventsVersion, watermarkMs: this.windows.watermarkMs };
    if (rows.length === 0 && late.minutes.size === 0 && !isBehind(from, to)) return 0;
    const written = await persist("item_windows", () =>
      withRowsSql(tables, [...late.minutes.values()], {
        readSql: stagedMinutesSql,
        use: (minutesSql) => commitItemWindows(tables, { rows, minutesSql, from, to }),
      }),
    );
    this.#windowsProgress = to;
    return written;
  }

  async #commitSessions(rows: readonly SessionRow[], { spans }: LateRecords): Promise<number> {
    const { tables, persist } = this.#options;
    const from = this.#sessionsProgress;
    const to = { eventsVersion: this.#version, watermarkMs: this.sessions.watermarkMs };
    if (rows.length === 0 && spans.size === 0 && !isBehind(from, to)) return 0;
    const written = await persist("sessions", () =>
      withRowsSql(tables, rows, {
        readSql: stagedSessionRowsSql,
        use: (closedSql) =>
          withRowsSql(tables, [...spans.values()], {
            readSql: stagedSpansSql,
            use: (spansSql) => commitSessions(tables, { closedSql, spansSql, from, to }),
          }),
      }),
    );
    this.#sessionsProgress = to;
    return written;
  }
}

function isBehind(from: DerivedProgress, to: DerivedProgress): boolean {
  return to.eventsVersion - from.eventsVersion >= versionsBehindMax;
}
