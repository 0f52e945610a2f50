import { type Clock, errorCodeOf } from "@footfall/base";
import { topics } from "@footfall/events";
import type { Lake, LakeSnapshot } from "@footfall/lake";
import type { EventLog } from "@footfall/log";
import type { EventFollower, PassingEvent } from "./event-follower.ts";
import type { MetricReader } from "./metric-reader.ts";

/** The model that is served now, as far as the page shows it. */
export interface ServedModel {
  readonly version: string;
  readonly publishedAtMs: number;
  readonly items: number;
  /** Share of held-out next items that were among the recommended, 0 to 1; absent when none was held out. */
  readonly hitRate?: number;
}

export interface Link {
  readonly label: string;
  readonly href: string;
}

export interface StatusSources {
  readonly log: EventLog;
  readonly lake: Lake;
  readonly metrics: MetricReader;
  readonly follower: EventFollower;
  readonly servedModel: () => Promise<ServedModel | undefined>;
  /** What keeps any part from its work; empty when all are ready. Absent: they run elsewhere. */
  readonly problems?: () => readonly string[];
  readonly links: () => readonly Link[];
  readonly clock: Clock;
}

/** What `/console/status.json` answers. Counters begin with the process; null where no such metric exists. */
export interface Status {
  readonly nowMs: number;
  /** Null where the parts run elsewhere. */
  readonly problems: readonly string[] | null;
  readonly links: readonly Link[];
  readonly events: {
    readonly accepted: number | null;
    readonly duplicate: number | null;
    readonly rejected: number | null;
    readonly perSecond: readonly number[];
  };
  /** `lag`: records that the log holds and the lake does not yet. */
  readonly log: { readonly lag: number; readonly kept: number; readonly partitions: number };
  readonly windows: { readonly open: number | null; readonly sessions: number | null; readonly late: number | null };
  readonly lake: readonly TableStatus[];
  readonly model: ServedModel | null;
  readonly recommendations: { readonly answers: number | null };
  readonly recent: readonly PassingEvent[];
}

export interface TableStatus {
  readonly name: string;
  readonly version: number;
  readonly rows: number;
  readonly files: number;
  readonly committedAtMs: number;
}

/** Names of other services' metrics; see docs of each service. */
const metricNames = {
  events: "footfall_collector_events_total",
  openWindows: "footfall_aggregator_open_windows",
  openSessions: "footfall_aggregator_open_sessions",
  aggregated: "footfall_aggregator_events_total",
  answers: "footfall_recommender_requests_total",
} as const;

export async function readStatus(sources: StatusSources): Promise<Status> {
  const { metrics, lake, follower, clock } = sources;
  const snapshots = await Promise.all(
    (await lake.tableNames()).map(async (name) => (await lake.existingTable(name)).snapshot()),
  );
  const count = async (name: string, labels?: Readonly<Record<string, string>>): Promise<number | null> =>
    (await metrics.sum(name, labels)) ?? null;
  return {
    nowMs: clock(),
    problems: sources.problems?.() ?? null,
    links: sources.links(),
    events: {
      accepted: await count(metricNames.events, { status: "accepted" }),
      duplicate: await count(metricNames.events, { status: "duplicate" }),
      rejected: await count(metricNames.events, { status: "rejected" }),
      perSecond: follower.perSecond(),
    },
    log: await logStatus(
      sources.log,
      snapshots.find((snapshot) => snapshot.table === "events"),
    ),
    windows: {
      open: await count(metricNames.openWindows),
      sessions: await count(metricNames.openSessions),
      late: await count(metricNames.aggregated, { result: "late" }),
    },
    lake: snapshots.map(tableStatus),
    model: (await sources.servedModel()) ?? null,
    recommendations: { answers: await count(metricNames.answers) },
    recent: follower.recent(),
  };
}

/** The lake's own progress (invariant I3) says how far it is; the broker's group offsets are only a hint. */
async function logStatus(log: EventLog, events: LakeSnapshot | undefined): Promise<Status["log"]> {
  const partitions = await log.offsets(topics.clicks).catch((error: unknown) => {
    // Until a collector has made it.
    if (errorCodeOf(error) === "LOG_TOPIC_UNKNOWN") return [];
    throw error;
  });
  let lag = 0n;
  let kept = 0n;
  for (const [partition, { startOffset, endOffset }] of partitions.entries()) {
    const committed = events?.progress.get(`${topics.clicks}-${partition}`) ?? startOffset;
    lag += endOffset - (committed > startOffset ? committed : startOffset);
    kept += endOffset - startOffset;
  }
  return { lag: Number(lag), kept: Number(kept), partitions: partitions.length };
}

function tableStatus({ table, version, files, committedAtMs }: LakeSnapshot): TableStatus {
  return {
    name: table,
    version,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    files: files.length,
    committedAtMs,
  };
}
