import { createHash } from "node:crypto";
import { type ColumnValue, type Row, stringifyExactJson, type TableName } from "@footfall/changes";
import { escapedName } from "../escaped-name.ts";

const plainName = /^[a-z][a-z0-9_]{0,62}$/;
const idBytesMax = 512;

/** Names of the indices under a prefix. */
export class ReplicaIndexNames {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get progress(): string {
    return `${this.#prefix}-progress`;
  }

  get everyRows(): string {
    return `${this.#prefix}-rows-*`;
  }

  /** Where documents are written, marks of deletion among them. */
  rows(name: TableName): string {
    return `${this.#prefix}-rows-${nameOf(name)}`;
  }

  /** What is searched: an alias that shows no marks. */
  alias(name: TableName): string {
    return `${this.#prefix}-${nameOf(name)}`;
  }
}

function nameOf(name: TableName): string {
  const isPlain = plainName.test(name.schema) && plainName.test(name.table) && !name.table.includes("__");
  return isPlain ? `${name.schema}.${name.table}` : escapedName(name);
}

/**
 * The primary key's values with `:` between them; `:` and `%` within a value as in an URL. A hash where the server
 * takes no id of that length.
 */
export function documentIdOf(key: Row): string {
  const id = Object.values(key).map(keyPart).join(":");
  if (id !== "" && Buffer.byteLength(id) <= idBytesMax) return id;
  return `%${createHash("sha256").update(id).digest("hex")}`;
}

function keyPart(value: ColumnValue): string {
  const text = typeof value === "string" ? value : stringifyExactJson(value);
  return text.replace(/[%:]/g, (char) => (char === "%" ? "%25" : "%3A"));
}
