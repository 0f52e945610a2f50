import { Buffer } from "node:buffer";
import { mkdirSync, realpathSync, truncateSync } from "node:fs";
import { open, type RootDatabase } from "lmdb";
import { AppError } from "@footfall/base";
import { checkDataFile, corrupt, type ShortDataFile } from "./data-file.ts";
import { formatKey } from "./store-keys.ts";
import { causeOfCommitFailure, corruptAdvice, fromStoreError } from "./store-errors.ts";

const formatVersion = "1";
/** Address space only; the file grows as it is filled. */
const mapBytesMax = 2 ** 38;
const readersMax = 512;

/** The open database of one folder, shared by all logs of this process that use the folder. */
export interface LogStore {
  readonly folder: string;
  /**
   * Runs `work` inside a write transaction. Resolves once it is on the disk.
   * `work` reads and decides first and writes last: it must not throw between two writes.
   */
  transact<T>(work: () => T): Promise<T>;
  get(key: Buffer): Buffer | undefined;
  /** Only inside `transact`. */
  put(key: Buffer, value: Buffer): void;
  /** Only inside `transact`. */
  remove(key: Buffer): void;
  /** Entries from `start` to `end` (exclusive); with `isReverse` from `start` (inclusive) downwards. */
  range(range: KeyRange): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
  /** Makes commits of other processes visible to the next `get`. */
  refresh(): void;
  /** Calls `listener` after each commit of this process until the returned function is called. */
  onCommit(listener: () => void): () => void;
  /** Copies one committed state into an empty folder, without the pages that are free. */
  copyTo(folder: string): Promise<void>;
  /** The last release closes the database. */
  release(): Promise<void>;
}

export interface KeyRange {
  readonly start: Buffer;
  readonly end: Buffer;
  readonly limit?: number;
  readonly isReverse?: boolean;
}

/*
 * One database per folder and process: a second one would wait inside a synchronous call for a lock whose holder needs
 * this very thread to go on.
 */
const openStores = new Map<string, SharedStore>();

/**
 * Opens the folder's database, creating it where there is none.
 * @param isWhole tells whether everything can still be read; asked only where the file looks too short
 * @throws AppError LOG_CORRUPT, LOG_UNAVAILABLE
 */
export async function openLogStore(folder: string, isWhole: (store: LogStore) => boolean): Promise<LogStore> {
  try {
    mkdirSync(folder, { recursive: true });
    const path = realpathSync(folder);
    let store = openStores.get(path);
    if (store === undefined) {
      const short = checkDataFile(path);
      store = short === undefined ? await openSound(path) : await openShort(path, short, isWhole);
    }
    store.users++;
    return store;
  } catch (error) {
    throw fromStoreError(error, folder);
  }
}

async function openSound(path: string): Promise<SharedStore> {
  const store = new SharedStore(path);
  openStores.set(path, store); // at once, so that a second opening of this moment finds it
  try {
    store.checkFormat();
    return store;
  } catch (error) {
    openStores.delete(path);
    await store.close();
    throw error;
  }
}

/** Opens a file that looks too short, and leaves a damaged one as it was: the next start must see the damage too. */
async function openShort(
  path: string,
  short: ShortDataFile,
  isWhole: (store: LogStore) => boolean,
): Promise<SharedStore> {
  truncateSync(short.path, short.neededSize);
  let cause: unknown;
  try {
    const store = await openSound(path);
    try {
      if (isWhole(store)) return store;
    } catch (error) {
      cause = error;
    }
    openStores.delete(path);
    await store.close();
  } catch (error) {
    cause = error;
  }
  truncateSync(short.path, short.size);
  throw corrupt(
    short.path,
    short.size,
    `it should have about ${short.neededSize} bytes, and records are missing`,
    cause,
  );
}

class SharedStore implements LogStore {
  readonly folder: string;
  users = 0;
  readonly #database: RootDatabase<Buffer, Buffer>;
  readonly #listeners = new Set<() => void>();

  constructor(folder: string) {
    this.folder = folder;
    /*
     * overlappingSync would resolve a commit before its flush. Without it the order, seen with strace, is: data pages,
     * fdatasync, meta page through a descriptor opened with O_DSYNC, and only then the promise.
     */
    this.#database = open<Buffer, Buffer>({
      path: folder,
      noSubdir: false,
      encoding: "binary",
      keyEncoding: "binary",
      overlappingSync: false,
      // Groups are made here; the database's own would leave a rejected promise to nobody when a commit fails.
      eventTurnBatching: false,
      mapSize: mapBytesMax,
      maxReaders: readersMax,
    });
  }

  /** @throws AppError LOG_CORRUPT if another program, or a newer one, wrote the file */
  checkFormat(): void {
    const version = this.get(formatKey)?.toString();
    if (version === undefined) this.#database.putSync(formatKey, Buffer.from(formatVersion));
    else if (version !== formatVersion) {
      const message = `The log in ${this.folder} has form ${version}; this program reads form ${formatVersion}.`;
      throw new AppError("LOG_CORRUPT", `${message} ${corruptAdvice}`, { context: { folder: this.folder } });
    }
  }

  async transact<T>(work: () => T): Promise<T> {
    try {
      const result = await this.#database.transaction(work);
      for (const listener of this.#listeners) listener();
      return result;
    } catch (error) {
      throw fromStoreError(await causeOfCommitFailure(error), this.folder);
    }
  }

  get(key: Buffer): Buffer | undefined {
    return this.#database.getBinary(key);
  }

  put(key: Buffer, value: Buffer): void {
    void this.#database.put(key, value);
  }

  remove(key: Buffer): void {
    void this.#database.remove(key);
  }

  range({ start, end, limit, isReverse = false }: KeyRange): Iterable<{ key: Buffer; value: Buffer }> {
    return this.#database.getRange({ start, end, reverse: isReverse, ...(limit === undefined ? {} : { limit }) });
  }

  refresh(): void {
    this.#database.resetReadTxn();
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async copyTo(folder: string): Promise<void> {
    try {
      await this.#database.backup(folder, true);
    } catch (error) {
      throw fromStoreError(error, folder);
    }
  }

  async release(): Promise<void> {
    this.users--;
    if (this.users > 0) return;
    openStores.delete(this.folder);
    await this.close();
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
