import { execFileSync } from "node:child_process";
import { mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRequired } from "@footfall/testkit";

/** A small disk of its own, in memory, that can be filled to the last byte. */
export interface SmallDisk {
  fill(): Promise<void>;
  free(): Promise<void>;
  unmount(): void;
}

/** @returns undefined, said loudly, where mounting is not allowed. @throws Error where it is required */
export async function mountTmpfs(path: string, megabytes: number): Promise<SmallDisk | undefined> {
  await mkdir(path, { recursive: true });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path], { stdio: "ignore" });
  } catch (cause) {
    const message = "The full-disk tests need the right to mount a tmpfs.";
    if (isRequired("mount", process.env)) throw new Error(message, { cause });
    console.warn(`SKIPPED: ${message}`);
    return undefined;
  }
  const ballast = join(path, "ballast");
  return {
    async fill() {
      const { bavail, bsize } = await statfs(path);
      // What is written meanwhile takes some of it: fill until there is no room.
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOSPC") throw error;
      });
    },
    free: () => rm(ballast, { force: true }),
    unmount: () => void execFileSync("umount", ["-l", path]),
  };
}
