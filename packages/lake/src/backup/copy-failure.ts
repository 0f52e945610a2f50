import { AppError } from "@footfall/base";

const unwritable = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES", "EPERM", "EEXIST", "EMFILE"]);

/** Runs what writes a copy. @throws AppError LAKE_UNAVAILABLE  the disk is full, or may not be written */
export async function withCopyFailure<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    if (cause instanceof AppError || !unwritable.has(code)) throw cause;
    const at = (cause as NodeJS.ErrnoException).path ?? path;
    const message = `${at} cannot be copied or written (${code}). Make room or choose another folder, and try again.`;
    throw new AppError("LAKE_UNAVAILABLE", message, { retriable: true, context: { path, systemCode: code }, cause });
  }
}
