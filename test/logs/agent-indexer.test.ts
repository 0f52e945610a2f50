import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { EmbeddedLogIndex } from "@footfall/log-index/embedded";
import { storageFolders } from "@footfall/runtime";
import { parseQuery } from "@footfall/service-logs";
import { findDataFile, temporaryFolder, waitFor } from "@footfall/testkit";
import { describe, expect, it } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { writeRotating } from "./rotating-file.ts";

const run = promisify(execFile);
const data = findDataFile("apache-semicomplete/apache_logs", process.env);
const patience = { deadlineMs: 120_000, intervalMs: 250 };
/** The real lines, written so often. */
const rounds = 5;
const killsMin = 20;

/** `\\b` of the patterns: between a letter or digit and what is none, as the search parts words; `_` is none. */
const border = "(?:(?<![a-z0-9])(?=[a-z0-9])|(?<=[a-z0-9])(?![a-z0-9]))";

/** Queries and what `grep` counts for the same. */
const queries: readonly (readonly [query: string, pattern: string])[] = [
  ["googlebot", "\\bgooglebot\\b"],
  ["Chrome", "\\bchrome\\b"],
  ["favicon", "\\bfavicon\\b"],
  ["presentations", "\\bpresentations\\b"],
  ["status:404", '" 404 '],
  ["status:>=500", '" 5[0-9][0-9] '],
  ["status:[300 TO 399]", '" 3[0-9][0-9] '],
  ["method:POST", '"POST '],
  ["-method:GET", '^(?!.*"GET )'],
  ['"GET /favicon.ico"', "GET /favicon\\.ico\\b"],
  ['"Windows NT 6.1"', "\\bWindows NT 6\\.1\\b"],
  ["firefox -windows", "^(?!.*\\bwindows\\b).*\\bfirefox\\b"],
  ["firefox linux", "^(?=.*\\bfirefox\\b).*\\blinux\\b"],
  ["baidu OR yandex", "\\b(baidu|yandex)\\b"],
  ["geek*", "(?<![a-z0-9])geek"],
  ["*logstash*", "logstash"],
  ["/style2.css", "/style2\\.css\\b"],
  ["semicomplete.com/blog", "\\bsemicomplete\\.com/blog\\b"],
  ["source.address:66.249.73.135", "^66\\.249\\.73\\.135 "],
  ["nothinglikethis", "nothinglikethis"],
];

/** Kills one after the other, and starts it again at once, until it is told to stop. */
async function killInTurn(apps: { process: AppProcess; start: () => Promise<AppProcess> }[], isOver: () => boolean) {
  let kills = 0;
  for (; !isOver() || kills < killsMin; kills += 1) {
    const app = apps[kills % apps.length]!;
    await pause(300 + ((kills * 397) % 900));
    await app.process.kill();
    app.process = await app.start();
  }
  return kills;
}

describe.skipIf(data === undefined)(
  "a busy service's log, rotated and compressed, its agent and indexer killed",
  () => {
    it("has every line once in the table and in the index, and is found as grep finds it", async () => {
      const folder = await temporaryFolder();
      const storage = join(folder.path, "storage");
      const apps: { process: AppProcess; start: () => Promise<AppProcess> }[] = [];
      try {
        const path = join(folder.path, "access.log");
        const config = join(folder.path, "agent.yml");
        await writeFile(config, `logs:\n  - { paths: ["${path}*"], service: web, instance: w1, format: combined }\n`);
        const environment = {
          agent: { FOOTFALL_AGENT_CONFIG_FILE: config },
          // The lines are of 2015.
          indexer: { FOOTFALL_INDEXER_INDEX_RETENTION_MS: String(3_153_600_000_000) },
        };
        for (const app of ["indexer", "agent"] as const) {
          const start = (): Promise<AppProcess> => startApp(app, storage, environment[app]);
          apps.push({ process: await start(), start });
        }
        const lines = (await readFile(data!, "utf8")).trimEnd().split("\n");
        const written = Array.from({ length: rounds }, () => lines).flat();
        const all = join(folder.path, "all.txt");
        await writeFile(all, written.map((line) => `${line}\n`).join(""));

        let isWritten = false;
        const writing = writeRotating({ path, lines: written, linesPerSecond: 2_000, rotateLines: 9_000 }).finally(
          () => (isWritten = true),
        );
        const kills = await killInTurn(apps, () => isWritten);
        const rotations = await writing;
        console.log(`${written.length} lines, ${rotations} rotations, ${kills} kills`);

        const folders = storageFolders(storage);
        const lake = await openLake({ root: folders.tables, clock: systemClock, threads: 1 });
        const rowsOf = async (): Promise<number> =>
          (await lake.query<{ n: number }>("SELECT count(*)::INTEGER AS n FROM logs"))[0]!.n;
        await waitFor(async () => (await rowsOf().catch(() => 0)) >= written.length, {
          ...patience,
          what: "all lines in the table",
        });
        const index = EmbeddedLogIndex.open({ folder: folders.logIndex, isReader: true });
        const everything = { query: { kind: "all" as const } };
        await waitFor(async () => (await index.count(everything)) >= written.length, {
          ...patience,
          what: "all lines in the index",
        });
        for (const app of apps) await app.process.stop();
        apps.length = 0;
        expect(await rowsOf()).toBe(written.length);
        expect(await index.count(everything)).toBe(written.length);
        const stored = await lake.query<{ body: string }>("SELECT body FROM logs");
        await lake.close();
        expect(stored.map(({ body }) => body).toSorted()).toEqual(written.toSorted());

        for (const [text, pattern] of queries) {
          const parsed = parseQuery(text);
          if (!parsed.ok) throw new Error(`${text}: ${parsed.problem}`);
          const { stdout } = await run("grep", ["-ciP", pattern.replaceAll("\\b", border), all]).catch(
            (error: { stdout: string }) => error,
          );
          expect([text, await index.count({ query: parsed.query })]).toEqual([text, Number(stdout)]);
        }
        await index.close();
      } finally {
        for (const app of apps) await app.process.kill();
        await folder.remove();
      }
    });
  },
);
