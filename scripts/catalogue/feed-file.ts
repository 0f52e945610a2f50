import { createReadStream } from "node:fs";
import { AppError } from "@footfall/base";

/**
 * The bytes of a feed; of `-` what comes over standard input.
 * @throws AppError INPUT_FILE_MISSING
 */
export async function* openFeedFile(path: string): AsyncGenerator<Buffer> {
  const input = path === "-" ? process.stdin : createReadStream(path);
  try {
    yield* input as AsyncIterable<Buffer>;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new AppError("INPUT_FILE_MISSING", `The feed ${path} cannot be read (${reason}). Check its path.`, { cause });
  }
}
