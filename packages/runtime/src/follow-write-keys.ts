import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { AppError, errorCodeOf } from "@footfall/base";
import type { Logger } from "./logger.ts";
import { errorCounter, type Registry } from "./metrics.ts";
import type { HealthProblem, Service } from "./service.ts";
import { keysFileOf, openWriteKeys, type WriteKeysOptions } from "./stored-keys.ts";
import { readWriteKeys, type WriteKey, type WriteKeys } from "./write-keys.ts";

export interface FollowWriteKeysOptions extends WriteKeysOptions {
  readonly registry: Registry;
  /** How often the file is looked at. Default 2 s. */
  readonly intervalMs?: number;
}

export interface FollowedWriteKeys {
  /** What counts now: changes as a whole between two requests; a key that stays as it was stays the same object. */
  readonly keys: WriteKeys;
  /** Calls the listener after each change. */
  onChange(listener: () => void): void;
  /** Warns while the file cannot be read; to be served beside the app's own. */
  readonly service: Service;
}

/**
 * The keys of `openWriteKeys`, read again whenever their file changes. A file that cannot be read leaves the keys
 * before it in place, and is told in log, health and `footfall_errors_total`. Its content is compared, not its time:
 * files that a cluster mounts are links whose target is exchanged.
 * @throws AppError CONFIG_INVALID  it cannot be read at the start
 */
export async function followWriteKeys(options: FollowWriteKeysOptions): Promise<FollowedWriteKeys> {
  const { logger, intervalMs = 2_000 } = options;
  const keys = new Map(await openWriteKeys(options));
  const listeners: (() => void)[] = [];
  const countError = errorCounter(options.registry);
  const file = keysFileOf(options);
  const ending = new AbortController();
  let problem: HealthProblem | undefined;

  const look = async (): Promise<void> => {
    try {
      const found = await readWriteKeys(file);
      if (ending.signal.aborted) return;
      if (problem) logger.info({ file }, "the file of write keys can be read again");
      problem = undefined;
      if (!takeOver(keys, found, { file, logger })) return;
      for (const listener of listeners) listener();
    } catch (error) {
      const message = error instanceof AppError ? error.message : String(error);
      if (problem?.message.startsWith(message)) return;
      countError("write-keys", errorCodeOf(error));
      logger.warn({ error, file }, "the file of write keys cannot be read; the keys before it stay");
      problem = { code: errorCodeOf(error), message: `${message} The keys before it stay until the file is mended.` };
    }
  };
  const following = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await pause(intervalMs, undefined, { signal: ending.signal }).catch(() => {});
      if (!ending.signal.aborted) await look();
    }
  })();
  return {
    keys,
    onChange: (listener) => void listeners.push(listener),
    service: {
      name: "write-keys",
      health: () => [],
      warnings: () => (problem ? [problem] : []),
      async stop() {
        ending.abort();
        await following;
      },
    },
  };
}

/** @returns whether anything has changed */
function takeOver(
  keys: Map<string, WriteKey>,
  found: WriteKeys,
  { file, logger }: { readonly file: string; readonly logger: Logger },
): boolean {
  const before = new Map(keys);
  const isSame = (key: string): boolean => isDeepStrictEqual(before.get(key), found.get(key));
  const added = [...found.keys()].filter((key) => !before.has(key));
  const removed = [...before.keys()].filter((key) => !found.has(key));
  const changed = [...found.keys()].filter((key) => before.has(key) && !isSame(key));
  const isReordered = ![...found.keys()].every((key, at) => key === [...before.keys()][at]);
  if (added.length + removed.length + changed.length === 0 && !isReordered) return false;
  keys.clear();
  for (const [key, entry] of found) keys.set(key, isSame(key) ? before.get(key)! : entry);
  // Keys of servers are secret: they are counted, and told by their shops.
  const shops = [...new Set([...added, ...changed].map((key) => found.get(key)!.tenant))];
  const counts = { added: added.length, changed: changed.length, removed: removed.length, keys: keys.size };
  logger.info({ file, ...counts, shops }, "write keys were read again");
  return true;
}
