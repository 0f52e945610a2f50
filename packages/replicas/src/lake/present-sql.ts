/**
 * SELECT of the rows that are there: the newest change of each key, unless it is a deletion or a truncation of its
 * partition is later. What `tail` has twice, or has of what `base` includes, does no harm.
 * @param base  SELECT of `<table>`: rows that were there up to some change
 * @param tail  SELECT of `<table>_history`, of all changes since or more
 * @param keys  SELECT of `row_key`: only these rows are wanted
 */
export function presentSql(base: string, tail: string, keys?: string): string {
  const ofKeys = keys === undefined ? "" : `WHERE row_key IN (${keys})`;
  const ofKeysOrAll = keys === undefined ? "" : `WHERE operation = 'truncate' OR row_key IN (${keys})`;
  return `WITH base AS (SELECT * FROM (${base}) ${ofKeys}),
tail AS (SELECT * FROM (${tail}) ${ofKeysOrAll}),
newest AS (
  SELECT row_key, row_after AS "row", lsn, change_index, changed_at, log_topic, log_partition
  FROM tail WHERE operation <> 'truncate'
  QUALIFY row_number() OVER (PARTITION BY row_key ORDER BY lsn DESC, change_index DESC) = 1
),
emptied AS (
  SELECT log_topic, log_partition, lsn, change_index
  FROM tail WHERE operation = 'truncate'
  QUALIFY row_number() OVER (PARTITION BY log_topic, log_partition ORDER BY lsn DESC, change_index DESC) = 1
),
kept AS (
  SELECT * FROM base ANTI JOIN newest USING (row_key)
  UNION ALL BY NAME
  SELECT * FROM newest WHERE "row" IS NOT NULL
)
SELECT kept.* FROM kept LEFT JOIN emptied USING (log_topic, log_partition)
WHERE emptied.lsn IS NULL OR kept.lsn > emptied.lsn
  OR (kept.lsn = emptied.lsn AND kept.change_index > emptied.change_index)`;
}
