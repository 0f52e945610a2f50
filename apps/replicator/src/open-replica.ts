import { join } from "node:path";
import type { Clock } from "@footfall/base";
import type { TableSchema } from "@footfall/changes";
import { openLake } from "@footfall/lake";
import type { Replica } from "@footfall/replicas";
import { LakeReplica } from "@footfall/replicas/lake";
import { PostgresReplica } from "@footfall/replicas/postgres";
import { RedisReplica } from "@footfall/replicas/redis";
import { SearchReplica } from "@footfall/replicas/search";
import type { ReplicatorConfig } from "./config.ts";

export interface ReplicaParts {
  readonly config: Pick<ReplicatorConfig, "url" | "name" | "schema">;
  /** Holds the lakes of replicas. */
  readonly folder: string;
  readonly clock: Clock;
  readonly schemaOf: (schemaId: string) => Promise<TableSchema | undefined>;
  /** Told of work that failed and is tried again by itself. */
  readonly onWarning: (error: unknown) => void;
  /** Closes what it is given, what came last first. */
  readonly opened: <Part extends { close(): Promise<void> | void }>(part: Part) => Part;
}

/** The target that the address names. @throws AppError CONFIG_INVALID */
export async function openReplica(parts: ReplicaParts): Promise<Replica> {
  const { config, folder, clock, schemaOf, onWarning, opened } = parts;
  const { url, name, schema } = config;
  if (url.startsWith("redis")) return opened(RedisReplica.open({ url, prefix: `${name}:` }));
  if (url.startsWith("http")) return opened(SearchReplica.open({ url, clock, indexPrefix: name.replaceAll("_", "-") }));
  if (url.startsWith("lake:")) {
    const lake = opened(await openLake({ root: join(folder, name), clock }));
    return opened(LakeReplica.open({ lake, clock, onWarning }));
  }
  return opened(PostgresReplica.open({ url, name, schemaOf, ...(schema !== "" && { schema }) }));
}
