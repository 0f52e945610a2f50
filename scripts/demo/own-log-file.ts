import { renameSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { pino } from "pino";

const bytesMax = 16 * 1024 * 1024;

/** Matches a service's file and the one that it replaced. */
export function serviceLogPattern(storageDir: string, service: string): string {
  return `${serviceLogFile(storageDir, service)}*`;
}

export function serviceLogFile(storageDir: string, service: string): string {
  return join(resolve(storageDir), "service-logs", `${service}.log`);
}

/** A file of log lines that is replaced when it has grown; one old one is kept. */
export function ownLogFile(storageDir: string, service: string): { write(line: string): void } {
  const dest = serviceLogFile(storageDir, service);
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
