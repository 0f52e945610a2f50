import { join, resolve } from "node:path";

/** Where the parts of a storage folder live. */
export interface StorageFolders {
  readonly tables: string;
  readonly log: string;
  readonly models: string;
  /** The write keys that were made at the first start. */
  readonly keys: string;
  /** What waits for a log that is away. */
  readonly spool: string;
  /** The searchable text of service logs. */
  readonly logIndex: string;
  /** How far the agent has read log files. */
  readonly agent: string;
  /** What alerts remember, and silences. */
  readonly monitor: string;
  /** Locks of imports of product feeds, and what they compare. */
  readonly catalogue: string;
  /** How far changes of a database were captured. */
  readonly cdc: string;
  /** Lakes of captured tables. */
  readonly replicas: string;
}

export function storageFolders(storageDir: string): StorageFolders {
  const root = resolve(storageDir);
  return {
    tables: join(root, "tables"),
    log: join(root, "log"),
    models: join(root, "models"),
    keys: join(root, "keys"),
    spool: join(root, "spool"),
    logIndex: join(root, "log-index"),
    agent: join(root, "agent"),
    monitor: join(root, "monitor"),
    catalogue: join(root, "catalogue"),
    cdc: join(root, "cdc"),
    replicas: join(root, "replicas"),
  };
}
