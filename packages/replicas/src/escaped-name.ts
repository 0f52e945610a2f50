import { createHash } from "node:crypto";
import type { TableName } from "@footfall/changes";

const slugLengthMax = 40;

/** What lower-case names can keep of a table's, and a hash that tells it from all others: `sales_orders__1f0c9e2a`. */
export function escapedName({ schema, table }: TableName): string {
  const slug = `${schema}_${table}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^(?![a-z])/, "t")
    .slice(0, slugLengthMax);
  const hash = createHash("sha256")
    .update(JSON.stringify([schema, table]))
    .digest("hex")
    .slice(0, 8);
  return `${slug}__${hash}`;
}
