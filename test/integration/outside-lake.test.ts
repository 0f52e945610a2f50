import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importClickLog } from "@footfall/aggregator/import";
import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { temporaryFolder } from "@footfall/testkit";
import { openOutsideLake } from "../../scripts/outside-lake.ts";

test("the recomputation from outside cuts sessions as the product does, at gaps and, past a day, at midnight", async () => {
  const folder = await temporaryFolder();
  const root = join(folder.path, "tables");
  const lake = await openLake({ root, clock: systemClock });
  try {
    const startSeconds = Date.UTC(2026, 9, 1, 9) / 1000;
    const row = (session: string, minute: number) => `${session},i${minute % 7},${startSeconds + minute * 60}`;
    const everyTwentyMinutes = Array.from({ length: 100 }, (_unused, index) => row("endless", index * 20));
    const withGap = [0, 10, 41, 50].map((minute) => row("paused", minute));
    const file = join(folder.path, "clicks.csv");
    await writeFile(file, ["session_id,item_id,ts", ...everyTwentyMinutes, ...withGap].join("\n"));
    await importClickLog({
      lake,
      clock: systemClock,
      format: "sessions",
      file,
      tenant: "demo",
      reject: async () => {},
    });
    const outside = await openOutsideLake(root);
    try {
      const sessions = { missing: 0, surplus: 0, rows: 104, groups: 4 };
      expect(await outside.compare("sessions")).toMatchObject(sessions);
      expect(await outside.compare("item_windows")).toMatchObject({ missing: 0, surplus: 0, rows: 103 });
    } finally {
      outside.close();
    }
  } finally {
    await lake.close();
    await folder.remove();
  }
});
