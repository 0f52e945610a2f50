import { AppError, assertInvariant } from "@footfall/base";
import type { Lake, LakeSnapshot, LakeVersion, ScanColumn } from "@footfall/lake";
import {
  type InteractionColumns,
  interactionWeights,
  type ItemSessions,
  ItemSessionsBuilder,
  KeyNumbers,
} from "@footfall/similarity";

export interface SessionSource {
  readonly lake: Lake;
  readonly tenant: string;
  readonly lakeVersion: LakeVersion;
  readonly signal?: AbortSignal | undefined;
  /** Rows read so far and rows there are. */
  readonly onRows?: (done: number, total: number) => void;
}

export interface ReadSessions {
  readonly sessions: ItemSessions;
  /** Item ids by item index: most interactions first, equal ones by id. */
  readonly itemIds: readonly string[];
}

const weightedNames = Object.entries(interactionWeights).filter(([, weight]) => weight > 0);
const nameList = weightedNames.map(([name]) => `'${name}'`).join(", ");
const weightCase = `case event_name ${weightedNames.map(([name, weight]) => `when '${name}' then ${weight}`).join(" ")} end`;

/** The tenant's interactions that say something; `where` parts of every query. */
const interactions = `sessions where tenant = $tenant and item_id is not null and event_name in (${nameList})`;

/**
 * Texts are told by 63-bit hashes, which DuckDB makes on all threads; joining the dictionary there costs twice as much
 * as the whole rest. Two of ten million ids coincide with probability 5·10^-6; then the item seen less often counts as
 * the other one, and two sessions as one. Nobody gains by it: who can send an id that coincides can send the id itself.
 */
const itemsSql = `
  select item_id, (hash(item_id) >> 1)::bigint as item_key, interactions
  from (select item_id, count(*)::integer as interactions from ${interactions} group by item_id)
  order by interactions desc, item_id`;

const rowsSql = `
  select
    (hash(visitor_id, session_id, session_start) >> 1)::bigint as session_key,
    (hash(visitor_id) >> 1)::bigint as visitor_key,
    epoch_ms(session_end)::double as session_end_ms,
    coalesce(position, 0)::integer as position,
    (hash(item_id) >> 1)::bigint as item_key,
    (${weightCase})::integer as weight
  from ${interactions} and visitor_id is not null and session_id is not null and session_start is not null and session_end is not null`;

/**
 * The table `sessions` at a version that stays as it is. Default: the newest.
 * @throws AppError MODEL_NO_DATA, LAKE_*
 */
export async function pinSessions(lake: Lake, tenant: string, version?: LakeVersion): Promise<LakeSnapshot> {
  if (!(await lake.tableNames()).includes("sessions")) {
    throw new AppError("MODEL_NO_DATA", "The lake has no table sessions yet. Send or import events first.", {
      context: { tenant },
    });
  }
  return (await lake.existingTable("sessions")).snapshot(version);
}

/**
 * Reads a tenant's sessions at one lake version. The same version gives the same arrays, whatever the order of the
 * files or of DuckDB's threads.
 * @throws AppError MODEL_NO_DATA when the tenant has no interactions; LAKE_FILE_CORRUPT, LAKE_FILE_MISSING; the
 *   signal's reason when aborted
 */
export async function readItemSessions(source: SessionSource): Promise<ReadSessions> {
  const { lake, tenant, lakeVersion, signal, onRows } = source;
  const options = { versions: { sessions: lakeVersion }, parameters: { tenant } };
  const itemIds: string[] = [];
  const items = new KeyNumbers();
  let rowsMax = 0;
  await lake.scan(
    itemsSql,
    (columns, rows) => {
      const ids = columns[0] as readonly string[];
      const keys = wordsOf(columns[1]);
      const counts = columns[2] as Int32Array;
      for (let row = 0; row < rows; row++) {
        if (items.numberOf(keys[2 * row]!, keys[2 * row + 1]!) === itemIds.length) itemIds.push(ids[row]!);
        rowsMax += counts[row]!;
      }
    },
    options,
  );
  signal?.throwIfAborted();
  const builder = new ItemSessionsBuilder(itemIds.length, rowsMax);
  if (rowsMax > 0) {
    await lake.scan(
      rowsSql,
      (columns, rows) => {
        signal?.throwIfAborted();
        builder.add(interactionColumns(columns, items), rows);
        onRows?.(builder.rowCount, rowsMax);
      },
      { ...options, slicedTable: "sessions" },
    );
  }
  return { sessions: builder.finish(), itemIds };
}

function interactionColumns(columns: readonly ScanColumn[], items: KeyNumbers): InteractionColumns {
  const [sessionKeys, visitorKeys, ends, positions, itemKeys, weights] = columns;
  assertInvariant(
    ends instanceof Float64Array && positions instanceof Int32Array && weights instanceof Int32Array,
    "the scan's columns have other types than the query states",
  );
  const itemWords = wordsOf(itemKeys);
  const indices = new Int32Array(positions.length);
  for (let row = 0; row < indices.length; row++) {
    indices[row] = items.find(itemWords[2 * row]!, itemWords[2 * row + 1]!);
  }
  const keys = { sessionKeys: wordsOf(sessionKeys), visitorKeys: wordsOf(visitorKeys) };
  return { ...keys, sessionEndsMs: ends, positions, items: indices, weights };
}

/** 64-bit keys as pairs of 32-bit words, in place. */
function wordsOf(keys: ScanColumn | undefined): Int32Array {
  assertInvariant(keys instanceof BigInt64Array, "the scan's keys are not 64-bit integers");
  return new Int32Array(keys.buffer, keys.byteOffset, 2 * keys.length);
}
