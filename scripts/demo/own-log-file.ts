import { renameSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pino } from "pino";

const bytesMax = 16 * 1024 * 1024;

/** Matches the file and the one that it replaced. */
export function ownLogPattern(storageDir: string): string {
  return join(resolve(storageDir), "service-logs", "footfall.log*");
}

/** A file of log lines that is replaced when it has grown; one old one is kept. */
export function ownLogFile(storageDir: string): { write(line: string): void } {
  const dest = ownLogPattern(storageDir).replace("*", "");
  const file = pino.destination({ dest, mkdir: true, sync: true, append: true });
  let bytes = statSync(dest, { throwIfNoEntry: false })?.size ?? 0;
  return {
    write(line) {
      file.write(line);
      bytes += Buffer.byteLength(line);
      if (bytes < bytesMax) return;
      renameSync(dest, `${dest}.1`);
      file.reopen();
      bytes = 0;
    },
  };
}
