import { isUtf8 } from "node:buffer";
import { errorCodeOf } from "@footfall/base";
import {
  decodeEnvelope,
  encodeEnvelope,
  EnvelopeScanner,
  type EventEnvelope,
  type RejectedEvent,
  type ScannedEnvelope,
} from "@footfall/events";
import { StagedLines } from "@footfall/ingest";
import type { LogBatch } from "@footfall/log";
import { mayHoldTimes, type PartitionValues, quotePath, withStagedText } from "@footfall/lake";
import { type AggregationLake, filesSql } from "../aggregation-lake.ts";
import { hourPartition } from "../derive/event-hours.ts";
import type { DedupIndex } from "./dedup-index.ts";
import { LatencySamples } from "../ledger/latency-samples.ts";
import { RepeatCounts } from "../ledger/repeat-counts.ts";

/** Two copies of an event may differ that much in time, because clock skew is corrected for each sending. */
const copyToleranceMs = 3_600_000;
const hourMs = 3_600_000;

interface ReadRecord {
  readonly head: ScannedEnvelope;
  /** Undefined where nobody asked for whole events. */
  readonly event: EventEnvelope | undefined;
  /** In our own encoding, which is all that DuckDB has to understand: no field twice, no line break. */
  readonly value: Buffer;
}

interface Arrival {
  readonly read: ReadRecord;
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
}

interface StagedEvent {
  readonly log_partition: number;
  readonly log_offset: number;
  readonly tenant: string;
}

export interface IntakeCounts {
  duplicates: number;
  poison: number;
}

/** Events on their way from the log to a commit: checked, without repeats, as lines for DuckDB to read. */
export class EventIntake {
  readonly #known: DedupIndex;
  readonly #observer: () => ((event: EventEnvelope) => void) | undefined;
  readonly #clock: () => number;
  readonly #scanner = new EnvelopeScanner();
  readonly #staged = new StagedLines();
  /** Tenant and hour of the staged events. */
  readonly #hours = new Set<string>();
  #lastHour = Number.NaN;
  #lastTenant = "";
  #undecided: Arrival[] = [];
  /** Of the undecided, by `eventKey`. */
  #undecidedKeys = new Set<string>();
  #deadLetters: RejectedEvent[] = [];
  #refused = 0;
  #bytes = 0;
  #oldestReceivedMs = Number.POSITIVE_INFINITY;
  readonly counts: IntakeCounts = { duplicates: 0, poison: 0 };
  /** What did not become events, as the next commit is to store it; until `clear`. */
  readonly repeats = new RepeatCounts();
  /** Of the staged events; until `clear`. */
  readonly latencies = new LatencySamples();

  /**
   * @param options.observer  who is told of each event that is new, once; while there is nobody, events are only looked
   *   through, which costs far less than reading them
   */
  constructor(options: {
    readonly known: DedupIndex;
    readonly observer: () => ((event: EventEnvelope) => void) | undefined;
    readonly clock: () => number;
  }) {
    this.#known = options.known;
    this.#observer = options.observer;
    this.#clock = options.clock;
  }

  /** Events and dead letters waiting for a commit. */
  get waiting(): number {
    return this.events + this.#undecided.length + this.#deadLetters.length;
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  /** When the collector took the oldest of the staged events; Infinity where there is none. */
  get oldestReceivedMs(): number {
    return this.#oldestReceivedMs;
  }

  /** Takes a batch in. @returns the greatest event time in it, -Infinity where it held no event */
  take(batch: LogBatch): number {
    const { partition, records } = batch;
    const isObserved = this.#observer() !== undefined;
    let eventTimeMaxMs = Number.NEGATIVE_INFINITY;
    for (const { offset, value, appendedAtMs } of records) {
      const read = value && ((isObserved ? undefined : this.#scan(value)) ?? this.#decode(value, isObserved));
      // Nobody writes tombstones to this topic; one tells nothing.
      if (!read) {
        this.repeats.addUnreadable(partition);
        continue;
      }
      if (read.head.occurredAtMs > eventTimeMaxMs) eventTimeMaxMs = read.head.occurredAtMs;
      this.#bytes += read.value.length;
      this.#decide({ read, partition, offset, appendedAtMs });
    }
    return eventTimeMaxMs;
  }

  #scan(value: Buffer): ReadRecord | undefined {
    if (!isUtf8(value)) return undefined;
    const head = this.#scanner.scan(value.toString("latin1"));
    return head && { head, event: undefined, value };
  }

  #decode(value: Buffer, isObserved: boolean): ReadRecord | undefined {
    const text = value.toString("utf8");
    const parsed = decodeEnvelope(text);
    if (!parsed.ok) {
      this.counts.poison += 1;
      this.#deadLetters.push(this.#deadLetter(text, parsed.rejection));
      return undefined;
    }
    const { envelope } = parsed;
    if (!isObserved) this.#scanner.learn(envelope);
    return { head: envelope, event: isObserved ? envelope : undefined, value: Buffer.from(encodeEnvelope(envelope)) };
  }

  #decide(arrival: Arrival): void {
    const { tenant, eventId, occurredAtMs } = arrival.read.head;
    if (occurredAtMs < this.#known.horizonMs) {
      const key = eventKey(tenant, eventId);
      if (this.#known.has(tenant, eventId) || this.#undecidedKeys.has(key)) {
        this.#countRepeat(arrival);
        return;
      }
      this.#undecidedKeys.add(key);
      this.#undecided.push(arrival);
    } else if (!this.#isUndecided(tenant, eventId) && this.#known.add(tenant, eventId, occurredAtMs)) {
      this.#stage(arrival);
    } else {
      this.#countRepeat(arrival);
    }
  }

  #isUndecided(tenant: string, eventId: string): boolean {
    return this.#undecidedKeys.size > 0 && this.#undecidedKeys.has(eventKey(tenant, eventId));
  }

  #countRepeat({ read: { head }, partition }: Arrival): void {
    this.counts.duplicates += 1;
    this.repeats.addRepeat(partition, head.tenant);
  }

  #stage({ read: { head, event, value }, partition, offset, appendedAtMs }: Arrival): void {
    this.#staged.add(partition, offset, value);
    this.latencies.add(head.occurredAtMs, appendedAtMs);
    const hour = Math.floor(head.occurredAtMs / hourMs);
    if (hour !== this.#lastHour || head.tenant !== this.#lastTenant) {
      this.#lastHour = hour;
      this.#lastTenant = head.tenant;
      this.#hours.add(`${hour} ${head.tenant}`);
    }
    if (head.receivedAtMs < this.#oldestReceivedMs) this.#oldestReceivedMs = head.receivedAtMs;
    if (event !== undefined) this.#observer()?.(event);
  }

  #deadLetter(text: string, rejection: Pick<RejectedEvent, "code" | "field" | "reason">): RejectedEvent {
    const nowMs = this.#clock();
    return { ...rejection, tenant: "", rejectedAtMs: nowMs, sentAtMs: nowMs, historic: true, event: text };
  }

  /** Looks the undecided events up in the lake; the new ones join the staged events. */
  async settleUndecided(tables: AggregationLake): Promise<void> {
    if (this.#undecided.length === 0) return;
    const undecided = this.#undecided;
    const stored = await storedKeys(
      tables,
      undecided.map(({ read }) => read.head),
    );
    this.#undecided = [];
    this.#undecidedKeys = new Set();
    for (const arrival of undecided) {
      const { tenant, eventId, occurredAtMs } = arrival.read.head;
      // Within one settling keys are distinct; between two, the lake knows. The set only spares looking again.
      const isNew = !stored.has(eventKey(tenant, eventId)) && this.#known.add(tenant, eventId, occurredAtMs);
      if (isNew) this.#stage(arrival);
      else this.#countRepeat(arrival);
    }
  }

  /** Staged lines of all events taken in. They stay until `clear`. */
  lines(): readonly Uint8Array[] {
    return this.#staged.parts();
  }

  /** The partition of `events` that all staged events belong to; undefined where there are several. */
  get onlyPartition(): PartitionValues | undefined {
    return this.#hours.size === 1 ? hourPartition(this.#lastTenant, this.#lastHour * hourMs) : undefined;
  }

  get deadLetters(): readonly RejectedEvent[] {
    return this.#deadLetters;
  }

  /** Number of staged events, without refused ones. */
  get events(): number {
    return this.#staged.count - this.#refused;
  }

  /** Turns a staged line, which no row can hold, into a dead letter. */
  refuse(line: Uint8Array, error: unknown): void {
    const text = Buffer.from(line).toString("utf8").trimEnd();
    const { log_partition, log_offset: _, ...event } = JSON.parse(text) as StagedEvent;
    const reason = `No row can hold it: ${error instanceof Error ? error.message : String(error)}`;
    const rejection = { code: errorCodeOf(error), field: "", reason };
    this.#deadLetters.push({ ...this.#deadLetter("", rejection), tenant: event.tenant, event });
    this.counts.poison += 1;
    this.repeats.addUnreadable(log_partition);
    this.#refused += 1;
  }

  clearDeadLetters(): void {
    this.#deadLetters = [];
  }

  clear(): void {
    this.#staged.clear();
    this.#refused = 0;
    this.repeats.clear();
    this.latencies.clear();
    this.#hours.clear();
    this.#lastHour = Number.NaN;
    this.#bytes = 0;
    this.#oldestReceivedMs = Number.POSITIVE_INFINITY;
  }
}

/** What an event is told by, as one text. Ids are unique within a tenant only: two shops may replay one file. */
function eventKey(tenant: string, eventId: string): string {
  return `${eventId} ${tenant}`;
}

/** Those of the events' keys that the lake holds within the tolerance of their times. */
async function storedKeys(
  tables: AggregationLake,
  undecided: readonly ScannedEnvelope[],
): Promise<ReadonlySet<string>> {
  const snapshot = await tables.events.snapshot();
  const hours = new Set<string>();
  for (const event of undecided) {
    for (const timeMs of [-copyToleranceMs, 0, copyToleranceMs]) {
      hours.add(`${event.tenant} ${new Date(event.occurredAtMs + timeMs).toISOString().slice(0, 13)}`);
    }
  }
  const times = undecided.map((event) => event.occurredAtMs);
  const firstMs = times.reduce((least, time) => Math.min(least, time), Infinity) - copyToleranceMs;
  const lastMs = times.reduce((most, time) => Math.max(most, time), -Infinity) + copyToleranceMs;
  const files = snapshot.files.filter(
    (file) => hours.has(hourKey(file.partition)) && mayHoldTimes(file, "occurred_at", firstMs, lastMs),
  );
  if (files.length === 0) return new Set();
  const lines = undecided.map(({ tenant, eventId }) => `${JSON.stringify({ tenant, event_id: eventId })}\n`);
  return withStagedText(tables.lake, lines, async (path) => {
    const rows = await tables.lake.query<{ tenant: string; event_id: string }>(`
SELECT tenant, event_id FROM (${filesSql(tables.events, snapshot, files)})
SEMI JOIN (SELECT * FROM read_json(${quotePath(path)}, format = 'newline_delimited',
  columns = {tenant: 'VARCHAR', event_id: 'VARCHAR'})) USING (tenant, event_id)`);
    return new Set(rows.map((row) => eventKey(row.tenant, row.event_id)));
  });
}

function hourKey(partition: Readonly<Record<string, string>>): string {
  return `${partition["tenant"]} ${partition["date"]}T${partition["hour"]?.padStart(2, "0")}`;
}
