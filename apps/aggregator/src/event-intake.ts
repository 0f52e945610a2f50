import type { LogBatch } from "@footfall/log";
import { decodeEnvelope, type EventEnvelope, type RejectedEvent } from "@footfall/events";
import { filesSql, mayHoldTimes, type AggregationLake, withStagedText } from "./aggregation-lake.ts";
import { quoteText, stagedLine } from "./events-sql.ts";
import type { KnownEventIds } from "./known-event-ids.ts";

/** Two copies of an event may differ that much in time, because clock skew is corrected for each sending. */
const copyToleranceMs = 3_600_000;
const partLines = 500;

interface Undecided {
  readonly event: EventEnvelope;
  readonly line: string;
}

export interface IntakeCounts {
  duplicates: number;
  poison: number;
}

/** Events on their way from the log to a commit: parsed, without repeats, as lines for DuckDB to read. */
export class EventIntake {
  readonly #known: KnownEventIds;
  readonly #onEvent: (event: EventEnvelope) => void;
  readonly #clock: () => number;
  #parts: string[] = [];
  #part = "";
  #partLines = 0;
  #undecided: Undecided[] = [];
  #undecidedIds = new Set<string>();
  #deadLetters: RejectedEvent[] = [];
  #events = 0;
  #characters = 0;
  readonly counts: IntakeCounts = { duplicates: 0, poison: 0 };
  /** Next offset of each partition, of what has been taken in. */
  readonly nextOffsets = new Map<number, bigint>();

  /** @param options.onEvent  told of each event that is new, once */
  constructor(options: {
    readonly known: KnownEventIds;
    readonly onEvent: (event: EventEnvelope) => void;
    readonly clock: () => number;
  }) {
    this.#known = options.known;
    this.#onEvent = options.onEvent;
    this.#clock = options.clock;
  }

  /** Events and dead letters waiting for a commit. */
  get waiting(): number {
    return this.#events + this.#undecided.length + this.#deadLetters.length;
  }

  get waitingCharacters(): number {
    return this.#characters;
  }

  /** Takes a batch in. @returns the greatest event time in it, -Infinity where it held no event */
  take(batch: LogBatch): number {
    const { partition, records } = batch;
    const nextOffset = this.nextOffsets.get(partition) ?? 0n;
    let eventTimeMaxMs = Number.NEGATIVE_INFINITY;
    for (const { offset, value } of records) {
      if (offset < nextOffset) continue;
      const text = value.toString("utf8");
      const parsed = decodeEnvelope(text);
      if (!parsed.ok) {
        this.counts.poison += 1;
        this.#deadLetters.push(this.#deadLetter(text, parsed.rejection));
        continue;
      }
      const { envelope } = parsed;
      eventTimeMaxMs = Math.max(eventTimeMaxMs, envelope.occurredAtMs);
      this.#characters += text.length;
      this.#decide(envelope, stagedLine(text, { partition, offset }));
    }
    this.nextOffsets.set(partition, records.at(-1)!.offset + 1n);
    return eventTimeMaxMs;
  }

  #decide(event: EventEnvelope, line: string): void {
    const { eventId, occurredAtMs } = event;
    if (occurredAtMs < this.#known.horizonMs) {
      if (this.#known.has(eventId) || this.#undecidedIds.has(eventId)) {
        this.counts.duplicates += 1;
        return;
      }
      this.#undecidedIds.add(eventId);
      this.#undecided.push({ event, line });
    } else if (!this.#undecidedIds.has(eventId) && this.#known.add(eventId, occurredAtMs)) {
      this.#stage(event, line);
    } else {
      this.counts.duplicates += 1;
    }
  }

  #stage(event: EventEnvelope, line: string): void {
    this.#part += `${line}\n`;
    this.#partLines += 1;
    this.#events += 1;
    if (this.#partLines === partLines) this.#endPart();
    this.#onEvent(event);
  }

  #endPart(): void {
    if (this.#partLines === 0) return;
    this.#parts.push(this.#part);
    this.#part = "";
    this.#partLines = 0;
  }

  #deadLetter(text: string, rejection: Pick<RejectedEvent, "code" | "field" | "reason">): RejectedEvent {
    const nowMs = this.#clock();
    return { ...rejection, tenant: "", rejectedAtMs: nowMs, sentAtMs: nowMs, historic: true, event: text };
  }

  /** Looks the undecided ids up in the lake; the new ones join the staged events. */
  async settleUndecided(tables: AggregationLake): Promise<void> {
    if (this.#undecided.length === 0) return;
    const stored = await storedIds(tables, this.#undecided);
    const undecided = this.#undecided;
    this.#undecided = [];
    this.#undecidedIds = new Set();
    for (const { event, line } of undecided) {
      if (stored.has(event.eventId) || !this.#addOld(event)) this.counts.duplicates += 1;
      else this.#stage(event, line);
    }
  }

  /** Within one settling ids are distinct; between two, the lake knows. The set only spares looking again. */
  #addOld(event: EventEnvelope): boolean {
    return this.#known.add(event.eventId, event.occurredAtMs);
  }

  /** Staged lines of all events taken in. They stay until `clear`. */
  lines(): readonly string[] {
    this.#endPart();
    return this.#parts;
  }

  get deadLetters(): readonly RejectedEvent[] {
    return this.#deadLetters;
  }

  /** Number of staged events. */
  get events(): number {
    return this.#events;
  }

  clearDeadLetters(): void {
    this.#deadLetters = [];
  }

  clear(): void {
    this.#parts = [];
    this.#events = 0;
    this.#characters = 0;
  }
}

/** Those of the events' ids that the lake holds within the tolerance of their times. */
async function storedIds(tables: AggregationLake, undecided: readonly Undecided[]): Promise<ReadonlySet<string>> {
  const snapshot = await tables.events.snapshot();
  const hours = new Set<string>();
  for (const { event } of undecided) {
    for (const timeMs of [-copyToleranceMs, 0, copyToleranceMs]) {
      hours.add(`${event.tenant} ${new Date(event.occurredAtMs + timeMs).toISOString().slice(0, 13)}`);
    }
  }
  const times = undecided.map(({ event }) => event.occurredAtMs);
  const firstMs = times.reduce((least, time) => Math.min(least, time), Infinity) - copyToleranceMs;
  const lastMs = times.reduce((most, time) => Math.max(most, time), -Infinity) + copyToleranceMs;
  const files = snapshot.files.filter(
    (file) => hours.has(hourKey(file.partition)) && mayHoldTimes(file, "occurred_at", firstMs, lastMs),
  );
  if (files.length === 0) return new Set();
  const lines = undecided.map(({ event }) => `{"event_id":"${event.eventId}"}\n`);
  return withStagedText(tables, lines, async (path) => {
    const rows = await tables.lake.query<{ event_id: string }>(`
SELECT event_id FROM (${filesSql(tables.events, snapshot, files)})
SEMI JOIN (SELECT * FROM read_json(${quoteText(path)}, format = 'newline_delimited', columns = {event_id: 'VARCHAR'}))
  USING (event_id)`);
    return new Set(rows.map((row) => row.event_id));
  });
}

function hourKey(partition: Readonly<Record<string, string>>): string {
  return `${partition["tenant"]} ${partition["date"]}T${partition["hour"]?.padStart(2, "0")}`;
}
