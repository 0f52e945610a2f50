import { AppError } from "@footfall/base";

/** A change that reads files to replace them is redone when one of them was replaced in the meantime. */
const attemptsMax = 20;

/** Does the work again, reading anew, as long as it ends in LAKE_COMMIT_CONFLICT. */
export async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isConflict = error instanceof AppError && error.code === "LAKE_COMMIT_CONFLICT";
      if (!isConflict || attempt >= attemptsMax) throw error;
    }
  }
}
