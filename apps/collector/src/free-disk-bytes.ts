import { statfsSync } from "node:fs";

/** Free bytes for us on the disk of this folder; undefined where the folder or the system cannot tell. */
export function freeDiskBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
