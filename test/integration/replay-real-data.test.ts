import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { storageFolders } from "@footfall/runtime";
import { isRequired, temporaryFolder, waitFor } from "@footfall/testkit";
import { describe, expect, it } from "vitest";
import { openOutsideLake } from "../../scripts/outside-lake.ts";
import type { ReplayAccount } from "../../scripts/replay/replay-events.ts";
import { askForRecommendations } from "../../scripts/demo/shop-visitors.ts";
import { runCommand } from "../run-command.ts";
import { startApp } from "../app-process.ts";

const data = process.env["FOOTFALL_DATA"] ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const logs = [
  { format: "retailrocket", file: join(data, "retailrocket-8days/events_8days.csv"), rows: 46_547, repeats: 197 },
  { format: "rees46", file: join(data, "rees46-oct2019-head/2019-Oct_head.csv"), rows: 17_433, repeats: undefined },
] as const;
const missing = logs.filter(({ file }) => !existsSync(file)).map(({ file }) => file);
const settings = {
  FOOTFALL_STANDALONE_COMMIT_INTERVAL_MS: "500",
  FOOTFALL_STANDALONE_DERIVE_INTERVAL_MS: "500",
  FOOTFALL_STANDALONE_IDLE_TIMEOUT_MS: "1000",
};

if (missing.length > 0) console.warn(`SKIPPED: replay of real data, for want of ${missing.join(", ")}`);

describe("two public click logs, replayed into a fresh storage", () => {
  it("are there where they are required", () => {
    expect(isRequired("data", process.env) ? missing : []).toEqual([]);
  });

  it.skipIf(missing.length > 0)(
    "stand in the lake exactly as accepted, and teach a model that recommends",
    { timeout: 600_000 },
    async () => {
      const folder = await temporaryFolder();
      const standalone = await startApp("standalone", folder.path, settings);
      const lake = await openOutsideLake(storageFolders(folder.path).tables);
      try {
        let accepted = 0;
        for (const { format, file, rows, repeats } of logs) {
          const result = await runCommand("scripts/replay.ts", [
            "--format",
            format,
            "--file",
            file,
            "--url",
            standalone.url,
            "--json",
          ]);
          expect(result.exitCode, result.stderr).toBe(0);
          const account = result.lastJson() as ReplayAccount;
          console.log(format, JSON.stringify(account));
          expect(account).toMatchObject({ read: rows, sent: rows, rejected: 0, unreadable: 0 });
          if (repeats !== undefined) expect(account.duplicate).toBe(repeats);
          accepted += account.accepted;
        }
        const isComplete = async (): Promise<boolean> =>
          (await lake.countEvents()).ids === accepted && (await lake.compare("sessions")).missing === 0;
        await waitFor(isComplete, {
          deadlineMs: 120_000,
          intervalMs: 250,
          what: "all events and sessions in the lake",
        });
        expect(await lake.countEvents()).toEqual({ rows: accepted, ids: accepted });
        for (const table of ["item_windows", "sessions"] as const) {
          const found = await lake.compare(table);
          console.log(table, JSON.stringify(found));
          expect(found, table).toMatchObject({ missing: 0, surplus: 0, rows: found.recomputedRows });
        }

        const trained = await runCommand("scripts/retrain.ts", ["--storage", folder.path, "--json"]);
        expect(trained.exitCode, trained.stderr).toBe(0);
        const { modelVersion, metrics } = trained.lastJson() as { modelVersion: string; metrics: object };
        console.log(modelVersion, JSON.stringify(metrics));
        const ask = (parameters: Record<string, string>): ReturnType<typeof askForRecommendations> =>
          askForRecommendations(standalone.url, { visitorId: "nobody", limit: "5", ...parameters });
        await waitFor(async () => (await ask({})).modelVersion === modelVersion, { deadlineMs: 30_000 });
        const viewed = await lake.query<{ item_id: string; views: number }>(`
          select item_id, sum(events)::integer as views from item_windows where event_name = 'view_item'
          group by item_id order by views desc, item_id limit 10`);
        expect(viewed).toHaveLength(10);
        for (const { item_id: itemId, views } of viewed) {
          const { items } = await ask({ itemId });
          console.log(`${itemId} (${views} views): ${items.map((item) => `${item.itemId} ${item.source}`).join(", ")}`);
          expect(items).toHaveLength(5);
          expect(items.map((item) => item.itemId)).not.toContain(itemId);
          expect(items[0]?.source).toBe("item");
        }
      } finally {
        lake.close();
        await standalone.stop();
        await folder.remove();
      }
    },
  );
});
