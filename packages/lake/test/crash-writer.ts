import { systemClock } from "@footfall/base";
import { openLake } from "../src/index.ts";
import { numberedRows, readings } from "./readings.ts";

/**
 * A writer for the crash test: appends ten rows a commit, alternating the writers, from the stored progress on, and
 * prints the progress of every commit that was answered. Dies by SIGKILL before the step whose number it is given.
 * Arguments: root, number of the step to die at (0: never), commits to make.
 */
const [root = "", dieAt = "0", commits = "1"] = process.argv.slice(2);
let steps = 0;
const beforeStep = (): void => {
  steps += 1;
  if (steps === Number(dieAt)) process.kill(process.pid, "SIGKILL");
};

const lake = await openLake({ root, clock: systemClock, threads: 1, beforeStep });
const table = await lake.table(readings);
for (let commit = 0; commit < Number(commits); commit += 1) {
  const stored = (await table.snapshot()).progress.get("clicks-0");
  const from = Number(stored ?? 0n);
  const add =
    commit % 2 === 0
      ? await lake.writeBulk(table, { sql: numberedRows(10, from) })
      : await lake.writeSmall(
          table,
          Array.from({ length: 10 }, (_, i) => ({ big: from + i, tenant: "demo", date: "2026-11-23", hour: 7 })),
        );
  const next = BigInt(from + 10);
  await table.commit({
    add,
    progress: new Map([["clicks-0", next]]),
    expectedProgress: new Map([["clicks-0", stored]]),
    operation: "append",
  });
  process.stdout.write(`${next}\n`);
}
await lake.close();
