import { statfsSync } from "node:fs";
import { errorCodeOf } from "@footfall/base";

/** A commit that failed with less room than this failed for want of it. */
const roomyBytesMin = 16 * 1024 * 1024;
/** So much more room than at the failure makes another try worthwhile. */
const gainBytesMin = 64 * 1024;
/** Without more room: the file itself may have freed pages meanwhile. */
const retryAfterMs = 5_000;

/**
 * Spares a full disk the tries that cannot succeed. Each costs the process's standard error half a dozen raw lines of
 * the database, which nothing can switch off.
 */
export class FullDiskGuard {
  readonly #freeBytes: () => number;
  #failure: { readonly error: unknown; readonly freeBytes: number; readonly atMs: number } | undefined;

  /** @param freeBytes  of the disk; Infinity where that cannot be told */
  constructor(freeBytes: () => number) {
    this.#freeBytes = freeBytes;
  }

  /** @throws what the last commit failed with, where another one has no prospect */
  assertProspect(): void {
    if (this.#failure === undefined) return;
    const { error, freeBytes, atMs } = this.#failure;
    const isWorthwhile = performance.now() - atMs >= retryAfterMs || this.#freeBytes() >= freeBytes + gainBytesMin;
    if (!isWorthwhile) throw error;
    this.#failure = undefined;
  }

  noteFailure(error: unknown): void {
    if (errorCodeOf(error) !== "LOG_UNAVAILABLE") return;
    const freeBytes = this.#freeBytes();
    if (freeBytes < roomyBytesMin) this.#failure = { error, freeBytes, atMs: performance.now() };
  }
}

export function freeBytesOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
