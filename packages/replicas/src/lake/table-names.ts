import type { TableName } from "@footfall/changes";
import { escapedName } from "../escaped-name.ts";

/** Names of the two tables of the lake that hold a captured table. */
export interface LakeTableNames {
  readonly present: string;
  readonly history: string;
}

/** The table without rows that holds how far the topics have been read. */
export const progressTableName = "replica__progress";

const plainName = /^[a-z][a-z0-9_]{0,53}$/;

/**
 * `public.products` is `products` and `products_history`. Another schema, other characters, or a name that could be
 * taken for one of ours: what can be kept of it and a hash, `sales_products__1f0c9e2a`, so no two tables share a name.
 */
export function lakeTableNames({ schema, table }: TableName): LakeTableNames {
  const isPlain = schema === "public" && plainName.test(table) && !table.includes("__") && !/_history$/.test(table);
  const present = isPlain ? table : escapedName({ schema, table });
  return { present, history: `${present}_history` };
}
