import { AppError } from "@footfall/base";
import type { Client } from "pg";
import type { CapturedTable } from "./captured-table.ts";
import { quoteName } from "./connect.ts";

interface PublicationRow {
  readonly all_tables: string;
  readonly is_whole: string;
  readonly members: string;
}

const publicationQuery = `
  select p.puballtables as all_tables, p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate and p.pubviaroot as is_whole,
    to_json(array(
      select r.prrelid::int8 from pg_publication_rel r where r.prpubid = p.oid
        and to_jsonb(r) ->> 'prqual' is null and to_jsonb(r) ->> 'prattrs' is null
    )) as members
  from pg_publication p where p.pubname = $1`;

/**
 * Makes the publication hold the captured tables, whole, and no others: one for all tables would send what a sink
 * writes back to the capture, and one with a table without a key would make its updates fail.
 * @returns the tables that it did not hold until now: their changes before were not captured
 * @throws AppError CDC_TABLE_REFUSED  the publication is one for all tables
 */
export async function ensurePublication(
  client: Client,
  name: string,
  tables: readonly CapturedTable[],
): Promise<readonly CapturedTable[]> {
  const list = tables.map(({ sqlName }) => sqlName).join(", ");
  const { rows } = await client.query<PublicationRow>(publicationQuery, [name]);
  const found = rows[0];
  if (found === undefined) {
    await client.query(
      `create publication ${quoteName(name)} for table ${list} with (publish_via_partition_root = true)`,
    );
    return tables;
  }
  if (found.all_tables === "t") {
    throw new AppError(
      "CDC_TABLE_REFUSED",
      `Publication ${name} is one for all tables; drop it, or name another one by FOOTFALL_CDC_PUBLICATION.`,
    );
  }
  const members = new Set(JSON.parse(found.members) as number[]);
  if (found.is_whole !== "t") {
    await client.query(
      `alter publication ${quoteName(name)} set (publish = 'insert, update, delete, truncate', publish_via_partition_root = true)`,
    );
  }
  const added = tables.filter(({ oid }) => !members.has(oid));
  if (added.length > 0 || members.size !== tables.length) {
    await client.query(`alter publication ${quoteName(name)} set table ${list}`);
  }
  return found.is_whole === "t" ? added : tables;
}
