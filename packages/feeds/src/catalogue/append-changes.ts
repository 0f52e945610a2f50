import { AppError, type Clock, type Random } from "@footfall/base";
import {
  changeRecords,
  type ChangeSource,
  parseExactJson,
  readChange,
  type Row,
  schemaIdOf,
  schemaRecord,
  schemasTopic,
  type TableName,
} from "@footfall/changes";
import type { AppendRecord, EventLog } from "@footfall/log";
import { productsSchema } from "../product/products-schema.ts";
import type { CatalogueChange } from "./compare-feed.ts";
import type { CatalogueState } from "./read-catalogue.ts";

const batchBytesMax = 2_097_152;
const batchRecordsMax = 1000;

export interface AppendOptions {
  readonly log: EventLog;
  readonly table: TableName;
  readonly source: ChangeSource;
  readonly clock: Clock;
  /** Tells apart two imports of one millisecond. */
  readonly random: Random;
  /** Of a topic that is made here. */
  readonly partitions: number;
  /** Nothing is appended any more once it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Appends changes to the table's topic, and before them what their rows have to `cdc.schemas`. All are at one position
 * in time: its `lsn` is past all that the topic holds, even where the clock went back. What is appended when it breaks
 * off is a beginning of the changes; comparing again gives the rest.
 * @param state  what the changes were made from
 * @throws AppError CATALOGUE_CONFLICT (retriable)  others have appended to the topic since; LOG_UNAVAILABLE, and others
 *   of `EventLog.append`
 */
export async function appendChanges(
  changes: Iterable<CatalogueChange>,
  state: CatalogueState,
  options: AppendOptions,
): Promise<void> {
  const { log, table, source, clock, random, partitions, signal } = options;
  const schemaId = await tellSchema(options);
  await log.createTopic({ name: state.topic, partitions });
  await assertUnchanged(log, state);
  const nowMs = clock();
  const nowLsn = BigInt(nowMs) * 1000n + BigInt(Math.floor(random() * 1000));
  const lsn = nowLsn > state.lastLsn ? nowLsn : state.lastLsn + 1n;
  let records: AppendRecord[] = [];
  let [bytes, index, appended] = [0, 0, 0];
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted();
    if (records.length > 0) await log.append(state.topic, records);
    appended += records.length;
    [records, bytes] = [[], 0];
  };
  for (const { operation, itemId, before, after } of changes) {
    const made = changeRecords(
      {
        ...table,
        operation,
        key: { item_id: itemId },
        before: before === undefined ? undefined : (parseExactJson(before) as Row),
        after: after === undefined ? undefined : (parseExactJson(after) as Row),
        position: { lsn, index },
        changedAtMs: nowMs,
        capturedAtMs: nowMs,
        schemaId,
      },
      source,
    );
    index += 1;
    records.push(...made);
    for (const { value } of made) bytes += value?.length ?? 0;
    if (records.length >= batchRecordsMax || bytes >= batchBytesMax) await flush();
  }
  await flush();
  await assertAlone(log, state, { appended, lsn });
}

/** Before the first row that has it; again by each import, for whoever deletes records of the topic. */
async function tellSchema({ log, table, signal }: AppendOptions): Promise<string> {
  const schema = productsSchema(table);
  await log.createTopic({ name: schemasTopic, partitions: 1 });
  signal?.throwIfAborted();
  await log.append(schemasTopic, [schemaRecord(schema)]);
  return schemaIdOf(schema);
}

async function assertUnchanged(log: EventLog, { topic, endOffsets }: CatalogueState): Promise<void> {
  const offsets = await log.offsets(topic);
  if (offsets.every(({ endOffset }, partition) => endOffset === (endOffsets[partition] ?? 0n))) return;
  throw conflict(topic, "nothing was imported");
}

/** Two imports from different machines may write at once: each makes whole rows, but the mix may be neither's feed. */
async function assertAlone(
  log: EventLog,
  { topic, endOffsets }: CatalogueState,
  own: { readonly appended: number; readonly lsn: bigint },
): Promise<void> {
  const offsets = await log.offsets(topic);
  const since = offsets.map(({ endOffset }, partition) => endOffset - (endOffsets[partition] ?? 0n));
  if (since.reduce((sum, count) => sum + count, 0n) === BigInt(own.appended)) return;
  // A broker may hold a record twice after a retry, and marks of its own.
  for (const [partition, { endOffset }] of offsets.entries()) {
    const startOffset = endOffsets[partition] ?? 0n;
    for await (const { records } of log.read({ topic, partition, startOffset, endOffset })) {
      const isForeign = records.some((record) => {
        const read = readChange(record);
        return read.is === "change" && read.change.position.lsn !== own.lsn;
      });
      if (isForeign) throw conflict(topic, "the catalogue may be a mix of both");
    }
  }
}

function conflict(topic: string, state: string): AppError {
  const message = `Another program appended to topic ${topic} during this import; ${state}. Import the feed again.`;
  return new AppError("CATALOGUE_CONFLICT", message, { retriable: true, context: { topic } });
}
