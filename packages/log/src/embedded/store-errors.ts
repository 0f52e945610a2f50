import { AppError } from "@footfall/base";

const corruptCodes = new Set([-30797, -30796, -30794, -30793, -30784]); // page not found, corrupted, version, invalid, incompatible

/** What a person can do about a log that cannot be read. */
export const corruptAdvice = "Restore the folder from a backup, or move it away to start with an empty log.";

/** The database reports a failed commit by an error whose `commitError` promise tells why. */
export async function causeOfCommitFailure(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return commitError.catch((cause: unknown) => cause);
}

/** Translates an error of the database into ours; ours pass through. */
export function fromStoreError(cause: unknown, folder: string): AppError {
  if (cause instanceof AppError) return cause;
  const code = (cause as { code?: unknown }).code;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (typeof code === "number" && corruptCodes.has(code)) {
    return new AppError("LOG_CORRUPT", `The log in ${folder} cannot be read: ${reason}. ${corruptAdvice}`, {
      context: { folder },
      cause,
    });
  }
  return new AppError(
    "LOG_UNAVAILABLE",
    `The log in ${folder} cannot store or read: ${reason}. Check free space and permissions; nothing was kept.`,
    { retriable: true, context: { folder }, cause },
  );
}
