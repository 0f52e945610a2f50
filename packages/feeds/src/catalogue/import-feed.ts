import { AppError } from "@footfall/base";
import type { TableName } from "@footfall/changes";
import type { EventLog } from "@footfall/log";
import type { FeedRow } from "../feed-row.ts";
import { appendChanges, type AppendOptions } from "./append-changes.ts";
import {
  type CatalogueChange,
  type ChangeCounts,
  compareFeed,
  type CompareOptions,
  countChanges,
} from "./compare-feed.ts";
import { readCatalogue } from "./read-catalogue.ts";
import type { RowStore } from "./row-store.ts";
import { type BadRow, type StagedFeed, stageFeed } from "./stage-feed.ts";

/** What a feed may be like before it is taken for broken. */
export interface FeedLimits {
  /** Share of its rows, 0 to 1. */
  readonly badRowsShareMax: number;
  /** Share of the catalogue, 0 to 1, unless `allowDeletes`. */
  readonly deletesShareMax: number;
}

export interface DiffOptions extends CompareOptions {
  readonly log: EventLog;
  readonly table: TableName;
  readonly store: RowStore;
  readonly onBadRow?: (row: BadRow) => void | Promise<void>;
  readonly onChange?: (change: CatalogueChange) => void;
}

export interface FeedReport extends ChangeCounts, Omit<StagedFeed, "unreadableIds"> {
  readonly topic: string;
  /** Records of the topic that are no changes, and were passed over. */
  readonly unreadableRecords: number;
  /** Whether records of the topic were deleted before they were read. */
  readonly isTopicCut: boolean;
}

/**
 * What a feed would change, and changes nothing.
 * @throws AppError  as `readFeed` and `readCatalogue`
 */
export async function diffFeed(feed: AsyncIterable<readonly FeedRow[]>, options: DiffOptions): Promise<FeedReport> {
  return (await prepare(feed, options)).report;
}

/**
 * Makes the catalogue what the feed says, by changes in its topic. Nothing is appended before the feed was read to its
 * end and found good. May be repeated: after a crash it appends what is missing.
 * @throws AppError FEED_REFUSED  empty, too many bad rows or deletions; CATALOGUE_CONFLICT, and as `diffFeed`
 */
export async function importFeed(
  feed: AsyncIterable<readonly FeedRow[]>,
  options: DiffOptions & FeedLimits & AppendOptions & { readonly isDryRun?: boolean },
): Promise<FeedReport> {
  const { state, staged, report } = await prepare(feed, options);
  assertPlausible(report, options);
  const changes = report.created + report.updated + report.deleted;
  if (changes > 0 && options.isDryRun !== true) {
    await appendChanges(compareFeed(options.store, state, staged, options), state, options);
  }
  return report;
}

async function prepare(feed: AsyncIterable<readonly FeedRow[]>, options: DiffOptions) {
  const { log, table, store, onBadRow, onChange } = options;
  const staged = await stageFeed(feed, store, onBadRow);
  const state = await readCatalogue(log, table, store);
  const counts = countChanges(store, state, staged, options, onChange);
  const { unreadableIds: _, ...rows } = staged;
  const report: FeedReport = {
    ...rows,
    ...counts,
    topic: state.topic,
    unreadableRecords: state.unreadable,
    isTopicCut: state.isCut,
  };
  return { state, staged, report };
}

function assertPlausible(report: FeedReport, options: FeedLimits & CompareOptions): void {
  const { rows, badRows, deleted, current } = report;
  const { badRowsShareMax, deletesShareMax, allowDeletes, isPartial } = options;
  if (rows === 0 && !allowDeletes && !isPartial) {
    throw refused("The feed holds no product. If it shall empty the catalogue, say --allow-deletes");
  }
  if (badRows > rows * badRowsShareMax) {
    const share = `${badRows} of ${rows} rows of the feed are bad, more than ${percent(badRowsShareMax)}`;
    throw refused(`${share}. Mend the feed, or set --max-bad-rows`);
  }
  if (deleted > current * deletesShareMax && !allowDeletes) {
    const share = `The feed would delete ${deleted} of ${current} products, more than ${percent(deletesShareMax)}`;
    throw refused(`${share}. If that is meant, say --allow-deletes; if it holds some products only, --partial`);
  }
}

function refused(message: string): AppError {
  return new AppError("FEED_REFUSED", `${message}. Nothing was imported.`);
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
