import {
  type ChangeEvent,
  type ChangePosition,
  changesTopic,
  comparePositions,
  readChange,
  stringifyExactJson,
  type TableName,
} from "@footfall/changes";
import { AppError } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import type { RowStore } from "./row-store.ts";

/** How the catalogue stood when its topic was read. */
export interface CatalogueState {
  readonly topic: string;
  /** End of each partition; empty where there is no topic yet. */
  readonly endOffsets: readonly bigint[];
  /** The greatest of all changes; -1 before the first one. */
  readonly lastLsn: bigint;
  /** Records that are no changes. */
  readonly unreadable: number;
  /** Whether retention has deleted records: what was told only there is missing. */
  readonly isCut: boolean;
  /** Changes up to it were made void by a truncate. */
  readonly truncatedAt: ChangePosition | undefined;
}

/**
 * Folds the topic of a table into `store.current`: of each row the change with the greatest position.
 * @param partition  only this one
 * @throws AppError CATALOGUE_CONFLICT  the rows are not a feed's; LOG_UNAVAILABLE
 */
export async function readCatalogue(
  log: EventLog,
  table: TableName,
  store: RowStore,
  partition?: number,
): Promise<CatalogueState> {
  const topic = changesTopic(table);
  const isThere = (await log.topics()).some(({ name }) => name === topic);
  const offsets = isThere ? await log.offsets(topic) : [];
  let [lastLsn, unreadable] = [-1n, 0];
  let truncatedAt: ChangePosition | undefined;
  for (const [number, { startOffset, endOffset }] of offsets.entries()) {
    if ((partition !== undefined && partition !== number) || startOffset === endOffset) continue;
    for await (const { records } of log.read({ topic, partition: number, startOffset, endOffset })) {
      store.write(() => {
        for (const record of records) {
          const read = readChange(record);
          if (read.is === "unreadable") unreadable += 1;
          if (read.is !== "change") continue;
          const { change } = read;
          if (change.position.lsn > lastLsn) lastLsn = change.position.lsn;
          if (change.operation !== "truncate") keepNewest(store, topic, change);
          else if (truncatedAt === undefined || comparePositions(change.position, truncatedAt) > 0) {
            truncatedAt = change.position;
          }
        }
      });
    }
  }
  const isCut = offsets.some(({ startOffset }) => startOffset > 0n);
  return { topic, endOffsets: offsets.map(({ endOffset }) => endOffset), lastLsn, unreadable, isCut, truncatedAt };
}

/** A row as it stands. */
export interface CurrentRow {
  readonly itemId: string;
  /** JSON. */
  readonly row: string;
  readonly position: ChangePosition;
}

/** The rows that there are, after `readCatalogue`; in order of the bytes of their ids. */
export function* currentRows(store: RowStore, state: CatalogueState): Generator<CurrentRow> {
  for (const [itemId, text] of store.current.entries()) {
    const row = rowOf(itemId, text, state);
    if (row !== undefined) yield row;
  }
}

export function currentRow(store: RowStore, state: CatalogueState, itemId: string): CurrentRow | undefined {
  const text = store.current.get(itemId);
  return text === undefined ? undefined : rowOf(itemId, text, state);
}

/** Undefined where the row was deleted. */
function rowOf(itemId: string, text: string, { truncatedAt }: CatalogueState): CurrentRow | undefined {
  const position = positionOf(text);
  const row = text.slice(text.indexOf("|") + 1);
  if (row === "" || (truncatedAt !== undefined && comparePositions(position, truncatedAt) <= 0)) return undefined;
  return { itemId, row, position };
}

function keepNewest(store: RowStore, topic: string, { key, after, position }: ChangeEvent): void {
  const itemId = key["item_id"];
  if (typeof itemId !== "string") {
    const columns = Object.keys(key).join(", ");
    const message =
      `Topic ${topic} holds changes whose key is ${columns}, not item_id: a database is captured there. ` +
      `Choose another --schema or --table for the feed.`;
    throw new AppError("CATALOGUE_CONFLICT", message, { context: { topic } });
  }
  const known = store.current.get(itemId);
  if (known !== undefined && comparePositions(positionOf(known), position) >= 0) return;
  const row = after === undefined ? "" : stringifyExactJson(after);
  store.current.put(itemId, `${position.lsn} ${position.index}|${row}`);
}

function positionOf(text: string): ChangePosition {
  const [lsn, index] = text.slice(0, text.indexOf("|")).split(" ");
  return { lsn: BigInt(lsn!), index: Number(index) };
}
