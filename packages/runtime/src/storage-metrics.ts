import { type StatsFs, statfsSync } from "node:fs";
import { Gauge, type Registry } from "./metrics.ts";
import type { StorageFolders } from "./storage-folders.ts";

/**
 * Shows how full the disks of the storage folders are, each folder for itself: they may be volumes of their own. One
 * that this process does not have is absent.
 */
export function measureStorage(registry: Registry, folders: StorageFolders): void {
  const register = (noun: string, help: string, blocks: (disk: StatsFs) => number): void => {
    const gauge = new Gauge({
      name: `footfall_storage_${noun}_bytes`,
      help,
      labelNames: ["folder"],
      registers: [],
      collect() {
        this.reset();
        for (const [folder, path] of Object.entries(folders)) {
          try {
            const disk = statfsSync(path);
            this.set({ folder }, blocks(disk) * disk.bsize);
          } catch {
            // Not there, or a system that cannot tell.
          }
        }
      },
    });
    registry.registerMetric(gauge);
  };
  register("free", "Bytes that are free for us on the disk of a storage folder.", ({ bavail }) => bavail);
  register("size", "Size of the disk of a storage folder.", ({ blocks }) => blocks);
}
