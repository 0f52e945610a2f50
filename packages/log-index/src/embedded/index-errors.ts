import { AppError } from "@footfall/base";

/** What a person can do about a damaged file. */
const rebuildAdvice =
  "Move the folder of the index away and rebuild it: from the topic, or from table logs of the lake.";

/** Translates an error of SQLite into ours; ours pass through. */
export function fromSqliteError(cause: unknown, file: string): AppError {
  if (cause instanceof AppError) return cause;
  const code = String((cause as { code?: unknown }).code ?? "");
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return damaged(file, reason, cause);
  return new AppError(
    "INDEX_UNAVAILABLE",
    `The log index cannot store or read ${file}: ${reason}. Check free space and permissions; the same call may be repeated.`,
    { retriable: true, context: { file, reason: code }, cause },
  );
}

/** A file of the index whose content is not what was written. */
export function damaged(file: string, reason: string, cause?: unknown): AppError {
  return new AppError("INDEX_CORRUPT", `${file} of the log index is damaged: ${reason}. ${rebuildAdvice}`, {
    context: { file },
    cause,
  });
}
