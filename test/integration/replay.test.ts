import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom } from "@footfall/base";
import { storageFolders } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOutsideLake } from "../../scripts/outside-lake.ts";
import { createShopVisitors, pastEvents } from "../../scripts/demo/shop-visitors.ts";
import { runCommand } from "../run-command.ts";
import { startApp, type AppProcess } from "../app-process.ts";

const settings = { FOOTFALL_STANDALONE_COMMIT_INTERVAL_MS: "200" };
const timeout = { timeout: 180_000 };
let folder: TemporaryFolder;
let standalone: AppProcess;
let file: string;
let events: number;

beforeAll(async () => {
  folder = await temporaryFolder();
  const random = seededRandom(11);
  const visitors = createShopVisitors(random);
  const history = pastEvents({ visitors, random, visits: 60, days: 30, endMs: Date.UTC(2025, 5, 1) });
  events = history.length;
  file = join(folder.path, "clicks.jsonl");
  const lines = history.map((event) => JSON.stringify(event));
  const unknownName = JSON.stringify({ ...history[0], eventId: "00000000-0000-7000-8000-000000000000", name: "buy" });
  await writeFile(file, `${[...lines, '{"eventId": ', unknownName].join("\n")}\n`);
  standalone = await startApp("standalone", folder.path, settings);
}, 120_000);

afterAll(async () => {
  await standalone?.stop();
  await folder.remove();
});

function replay(...parameters: string[]): ReturnType<typeof runCommand> {
  const unreadable = join(folder.path, "unreadable.txt");
  const fixed = ["--format", "jsonl", "--url", standalone.url, "--json", "--unreadable", unreadable];
  return runCommand("scripts/replay.ts", [...fixed, ...parameters]);
}

async function countInLake(atLeast: number): Promise<{ readonly rows: number; readonly ids: number }> {
  const lake = await openOutsideLake(storageFolders(folder.path).tables);
  try {
    const isThere = async (): Promise<boolean> => (await lake.countEvents()).ids >= atLeast;
    await waitFor(isThere, { deadlineMs: 60_000, intervalMs: 100, what: `${atLeast} events in the lake` });
    return await lake.countEvents();
  } finally {
    lake.close();
  }
}

describe("npm run replay", () => {
  it("delivers a file, accounts for every row, and adds nothing the second time", timeout, async () => {
    const first = await replay("--file", file);
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.lastJson()).toMatchObject({
      read: events + 2,
      unreadable: 1,
      sent: events + 1,
      accepted: events,
      duplicate: 0,
      rejected: 1,
      reasons: { EVENT_NAME_UNKNOWN: 1 },
    });
    expect(await readFile(join(folder.path, "unreadable.txt"), "utf8")).toBe('{"eventId": \n');
    expect(await countInLake(events)).toEqual({ rows: events, ids: events });

    const second = await replay("--file", file);
    expect(second.lastJson()).toMatchObject({ accepted: 0, duplicate: events, rejected: 1 });
    expect(await countInLake(events)).toEqual({ rows: events, ids: events });
  });

  it("adds nothing after a restart either, when the collector has forgotten the ids", timeout, async () => {
    expect(await standalone.stop()).toBe(0);
    standalone = await startApp("standalone", folder.path, settings);
    const third = await replay("--file", file);
    expect(third.exitCode).toBe(0);
    // Its end in the lake shows that everything before it has been dealt with.
    const marker = {
      eventId: "00000000-0000-7000-8000-00000000000a",
      name: "page_view",
      visitorId: "m",
      sessionId: "m",
    };
    const markerFile = join(folder.path, "marker.jsonl");
    const visitors = Array.from({ length: 64 }, (_, index) => ({
      ...marker,
      eventId: marker.eventId.replace(/..$/, String(index).padStart(2, "0")),
      visitorId: `m-${index}`,
      occurredAtMs: Date.UTC(2025, 5, 2),
    }));
    await writeFile(markerFile, `${visitors.map((event) => JSON.stringify(event)).join("\n")}\n`);
    expect((await replay("--file", markerFile)).lastJson()).toMatchObject({ sent: 64, rejected: 0 });
    const markers = new Set(visitors.map((event) => event.eventId)).size;
    expect(await countInLake(events + markers)).toEqual({ rows: events + markers, ids: events + markers });
  });

  it("says what to do when the file or the server is missing", timeout, async () => {
    const noFile = await replay("--file", join(folder.path, "nowhere.jsonl"));
    expect(noFile.exitCode).toBe(1);
    expect(noFile.stderr).toMatch(/INPUT_FILE_MISSING.*nowhere\.jsonl.*--file/);
    const noServer = await replay("--file", file, "--url", "http://127.0.0.1:9");
    expect(noServer.exitCode).toBe(1);
    expect(noServer.stderr).toMatch(/SERVER_UNAVAILABLE.*npm run demo/);
    const wrongFormat = await replay("--file", file, "--format", "rees46");
    expect(wrongFormat.exitCode).toBe(1);
    expect(wrongFormat.stderr).toMatch(/INPUT_FORMAT_INVALID.*event_time/);
    const wrongKey = await replay("--file", file, "--key", "nobody");
    expect(wrongKey.exitCode).toBe(1);
    expect(wrongKey.stderr).toMatch(/EVENT_KEY_INVALID/);
  });
});
