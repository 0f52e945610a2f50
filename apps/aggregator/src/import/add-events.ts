import { AppError, errorCodeOf } from "@footfall/base";
import type { DataFile, LakeSnapshot } from "@footfall/lake";
import { type AggregationLake, filesSql } from "../aggregation-lake.ts";
import { importsId } from "../events/aggregation.ts";
import type { ValidRows } from "./read-valid-rows.ts";

/** How often the commit is tried again when the aggregator commits in between. */
const attemptsMax = 100;

/** What became of the valid rows, each counted by itself. */
export interface AddedEvents {
  readonly accepted: number;
  readonly duplicateInFile: number;
  readonly duplicateInLake: number;
}

/**
 * Writes and commits the events that the lake does not hold.
 * @throws AppError LAKE_COMMIT_CONFLICT, LAKE_UNAVAILABLE
 */
export async function addEvents(tables: AggregationLake, rows: ValidRows, onCommit: () => void): Promise<AddedEvents> {
  if (rows.sql === "") return { accepted: 0, duplicateInFile: 0, duplicateInLake: 0 };
  for (let attempt = 1; ; attempt += 1) {
    const before = await tables.events.snapshot();
    const stored = storedIdsSql(tables, rows, before);
    const sql =
      stored === undefined
        ? rows.sql
        : `WITH stored AS (${stored}) SELECT * FROM (${rows.sql}) ANTI JOIN stored USING (event_id)`;
    const add = await tables.lake.writeBulk(tables.events, { sql });
    onCommit();
    if (add.length === 0 || (await commitUnlessRepeated(tables, rows.tenant, before, add))) {
      const accepted = add.reduce((sum, file) => sum + file.rows, 0);
      return { accepted, ...(await countDuplicates(tables, rows, { accepted, stored })) };
    }
    if (attempt >= attemptsMax) throw new AppError("LAKE_COMMIT_CONFLICT", "The same events keep coming in elsewhere.");
  }
}

/** The ids that the lake holds of the tenant and the dates; undefined where there are none. */
function storedIdsSql(tables: AggregationLake, rows: ValidRows, snapshot: LakeSnapshot): string | undefined {
  const { dates } = rows;
  const stored = snapshot.files.filter(
    ({ partition }) =>
      partition["tenant"] === rows.tenant &&
      (dates === "any" || (dates.first <= partition["date"]! && partition["date"]! <= dates.last)),
  );
  return stored.length === 0 ? undefined : `SELECT event_id FROM (${filesSql(tables.events, snapshot, stored)})`;
}

/** Costs nothing where there is none. */
async function countDuplicates(
  { lake }: AggregationLake,
  rows: ValidRows,
  { accepted, stored }: { readonly accepted: number; readonly stored: string | undefined },
): Promise<Omit<AddedEvents, "accepted">> {
  if (accepted === rows.count) return { duplicateInFile: 0, duplicateInLake: 0 };
  let duplicateInFile = rows.plainRepeats;
  if (rows.judgedIdsSql !== undefined) {
    const [judged] = await lake.query<{ n: number }>(`
SELECT coalesce(sum(times - 1), 0)::DOUBLE AS n
FROM (SELECT count(*) AS times FROM (${rows.judgedIdsSql}) GROUP BY event_id HAVING count(*) > 1)`);
    duplicateInFile += judged!.n;
  }
  if (stored === undefined || accepted + duplicateInFile === rows.count) return { duplicateInFile, duplicateInLake: 0 };
  const [inLake] = await lake.query<{ n: number }>(`
WITH stored AS (${stored})
SELECT count(DISTINCT event_id)::DOUBLE AS n FROM (${rows.idsSql}) SEMI JOIN stored USING (event_id)`);
  return { duplicateInFile, duplicateInLake: inLake!.n };
}

/**
 * Commits the files, provided that nothing committed since they were written holds one of their events. An id is one
 * within its tenant: what others have committed does not matter.
 * @returns false where that is so, and the files have to be written anew
 */
async function commitUnlessRepeated(
  tables: AggregationLake,
  tenant: string,
  before: LakeSnapshot,
  add: readonly DataFile[],
): Promise<boolean> {
  let known = before;
  for (;;) {
    try {
      await tables.events.commit({
        add,
        progress: new Map([[importsId, (known.progress.get(importsId) ?? 0n) + 1n]]),
        expectedProgress: new Map([...known.progress, [importsId, known.progress.get(importsId)]]),
        operation: "import",
      });
      return true;
    } catch (error) {
      if (errorCodeOf(error) !== "LAKE_WRITER_FENCED") throw error;
    }
    const now = await tables.events.snapshot();
    const paths = new Set(known.files.map((file) => file.path));
    const fresh = now.files.filter((file) => file.partition["tenant"] === tenant && !paths.has(file.path));
    const [repeated] = await tables.lake.query(`
WITH added AS (SELECT event_id FROM (${filesSql(tables.events, now, add)})),
fresh AS (SELECT event_id FROM (${filesSql(tables.events, now, fresh)}))
SELECT 1 AS one FROM fresh SEMI JOIN added USING (event_id) LIMIT 1`);
    if (repeated) return false;
    known = now;
  }
}
