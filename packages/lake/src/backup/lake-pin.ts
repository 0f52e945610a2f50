import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "@footfall/base";
import { DurableFiles } from "../durable-file.ts";
import type { LakeTable } from "../lake.ts";
import { translateStorageError } from "../lake-failure.ts";

/** A version that is not to lose its files, by table. */
export type PinnedTables = Readonly<Record<string, number>>;

interface PinFile {
  readonly tables: PinnedTables;
  readonly expiresAtMs: number;
}

/** Whoever holds a pin and dies gives it up by that, after so long at the latest. */
const leaseMs = 600_000;
/** A pin that claims to last longer was made by a clock that has been set back since. */
const leaseMaxMs = 3_600_000;

export interface LakePin {
  release(): Promise<void>;
}

/**
 * Keeps `vacuum` from deleting what a version of a table, or a later one, names, and `expireLog` from deleting the
 * entries that tell it. A lease in a file, renewed by a timer: a process that is killed leaves one that ends by itself.
 * A lease that is lost (a process halted for long) makes its holder find files missing, never other ones.
 * @param root  folder of the tables
 * @throws AppError LAKE_UNAVAILABLE
 */
export async function pinTables(root: string, tables: PinnedTables, clock: Clock): Promise<LakePin> {
  const path = join(root, ".pins", `${randomUUID()}.json`);
  const files = new DurableFiles();
  const renew = (): Promise<void> =>
    files.writeFile(path, (temporaryPath) => {
      const pin: PinFile = { tables, expiresAtMs: clock() + leaseMs };
      return writeFile(temporaryPath, JSON.stringify(pin), { flag: "wx" });
    });
  try {
    await renew();
  } catch (error) {
    throw translateStorageError(error, path);
  }
  let renewal = Promise.resolve();
  // A renewal that fails is tried again before the lease ends; where all do, the copy finds out by itself.
  const timer = setInterval(() => {
    renewal = renewal.then(renew).catch(() => {});
  }, leaseMs / 5).unref();
  return {
    async release() {
      clearInterval(timer);
      await renewal;
      await rm(path, { force: true });
    },
  };
}

/**
 * The oldest version of a table that somebody has pinned; pins that have ended are deleted.
 * @throws AppError LAKE_UNAVAILABLE
 */
export async function pinnedVersion(table: LakeTable, clock: Clock): Promise<number | undefined> {
  const folder = join(dirname(table.folder), ".pins");
  let oldest: number | undefined;
  try {
    for (const name of await readdir(folder)) {
      if (!name.endsWith(".json") || name.startsWith(".")) continue;
      const pin = await readPin(join(folder, name));
      const leftMs = (pin?.expiresAtMs ?? 0) - clock();
      if (leftMs <= 0 || leftMs > leaseMaxMs) await rm(join(folder, name), { force: true });
      else oldest = Math.min(oldest ?? Infinity, pin?.tables[basename(table.folder)] ?? Infinity);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return oldest;
    throw translateStorageError(error, folder);
  }
  return oldest === Infinity ? undefined : oldest;
}

/** Pins enter whole, by a rename: one that cannot be read was left by a power cut, and its holder is dead. */
async function readPin(path: string): Promise<PinFile | undefined> {
  try {
    const pin = JSON.parse(await readFile(path, "utf8")) as Partial<PinFile> | null;
    return typeof pin?.expiresAtMs === "number" && typeof pin.tables === "object" ? (pin as PinFile) : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || code === "ENOENT") return undefined;
    throw error;
  }
}
