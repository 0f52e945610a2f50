import { assertInvariant } from "@footfall/base";
import type { Lake, LakeVersion, ScanColumn } from "@footfall/lake";
import { interactionWeights, type ItemSessions, ItemSessionsBuilder } from "@footfall/similarity";

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

/** Item index → id. Equal to the dictionary that `rowsSql` joins, because both are ordered totally. */
const itemsSql = `
  select item_id, count(*)::integer as interactions from ${interactions}
  group by item_id order by interactions desc, item_id`;

/**
 * A session is told by a 63-bit hash of its key instead of its text: DuckDB hashes on all threads, and no text crosses
 * over. Two of ten million sessions coincide with probability 5·10^-6, and would then count as one.
 */
const rowsSql = `
  with dictionary as materialized (
    select item_id, (row_number() over (order by count(*) desc, item_id) - 1)::integer as item_index
    from ${interactions} group by item_id
  )
  select
    (hash(session_id, session_start) >> 1)::bigint as session_key,
    epoch_ms(session_end)::double as session_end_ms,
    coalesce(position, 0)::integer as position,
    item_index,
    (${weightCase})::integer as weight
  from (select * from ${interactions}) join dictionary using (item_id)
  where session_id is not null and session_start is not null and session_end is not null`;

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
  let rowsMax = 0;
  await lake.scan(
    itemsSql,
    (columns, rows) => {
      const ids = columns[0] as readonly string[];
      const counts = columns[1] as Int32Array;
      for (let row = 0; row < rows; row++) {
        itemIds.push(ids[row]!);
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
        builder.add(interactionColumns(columns), rows);
        onRows?.(builder.rowCount, rowsMax);
      },
      options,
    );
  }
  return { sessions: builder.finish(), itemIds };
}

function interactionColumns(columns: readonly ScanColumn[]): Parameters<ItemSessionsBuilder["add"]>[0] {
  const [keys, ends, positions, items, weights] = columns;
  assertInvariant(
    keys instanceof BigInt64Array &&
      ends instanceof Float64Array &&
      positions instanceof Int32Array &&
      items instanceof Int32Array &&
      weights instanceof Int32Array,
    "the scan's columns have other types than the query states",
  );
  return {
    sessionKeys: new Int32Array(keys.buffer, keys.byteOffset, 2 * keys.length),
    sessionEndsMs: ends,
    positions,
    items,
    weights,
  };
}
