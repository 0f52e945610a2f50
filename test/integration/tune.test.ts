import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@footfall/base";
import { openLake } from "@footfall/lake";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";

interface Line {
  readonly type: "trial" | "best";
  readonly number: number;
  readonly value: number;
  readonly parameters: Readonly<Record<string, unknown>>;
}

describe("npm run tune", () => {
  let folder: TemporaryFolder;
  let log: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    // What follows a depends on what came before it, more so of late.
    const rows = Array.from({ length: 120 }, (_, n) => {
      const ts = 1_780_000_000 + n * 7_200;
      const [first, last] = n % 3 === 0 ? ["x", n < 60 ? "b" : "c"] : ["y", n % 2 === 0 ? "b" : "d"];
      return `s${n},${first},${ts}\ns${n},a,${ts + 30}\ns${n},${last},${ts + 60}`;
    });
    log = join(folder.path, "log.csv");
    await writeFile(log, `session_id,item_id,ts\n${rows.join("\n")}\n`);
  });
  afterAll(() => folder.remove());

  const tune = async (storage: string, trials: number, ...more: string[]) => {
    const files = ["--file", log, "--split", "last-day", "--format", "sessions"];
    const search = ["--model", "vstan", "--seed", "7", "--trials", String(trials), "--study", "small"];
    const where = ["--storage", join(folder.path, storage)];
    const ran = await runCommand("scripts/tune.ts", [...files, ...search, ...where, "--json", ...more]);
    const lines = ran.stdout.split("\n").filter((line) => line.startsWith("{"));
    return { ...ran, lines: lines.map((line) => JSON.parse(line) as Line) };
  };
  const tried = ({ lines }: Awaited<ReturnType<typeof tune>>) =>
    lines.flatMap(({ type, number, value, parameters }) => (type === "trial" ? [{ number, value, parameters }] : []));

  it("keeps its trials in the lake, goes on where it ended, and comes out the same", async () => {
    const [whole, firstPart] = [await tune("whole", 30), await tune("parts", 13)];
    expect(whole.exitCode).toBe(0);
    const secondPart = await tune("parts", 30);
    expect(tried(secondPart)[0]!.number).toBe(13);
    expect([...tried(firstPart), ...tried(secondPart)]).toEqual(tried(whole));
    const best = whole.lines.at(-1)!;
    expect(best).toMatchObject({ type: "best", value: Math.max(...tried(whole).map(({ value }) => value)) });
    const lake = await openLake({ root: join(folder.path, "parts", "tables"), clock: systemClock });
    const rows = await lake.query<{ value: number }>("SELECT value FROM tuning_trials ORDER BY trial");
    await lake.close();
    expect(rows.map(({ value }) => value)).toEqual(tried(whole).map(({ value }) => value));
  });

  it("leaves alone what is fixed, and does not mix two searches", async () => {
    const fixed = await tune("fixed", 25, "--param", "k=77");
    expect(tried(fixed).length).toBe(25);
    expect(new Set(tried(fixed).map(({ parameters }) => parameters["k"]))).toEqual(new Set([77]));
    const mixed = await tune("fixed", 30, "--objective", "mrr");
    expect(mixed.exitCode).not.toBe(0);
    expect(mixed.stderr).toContain("Study small searches vstan for balanced");
  });

  it("searches on a shop's own sessions, and the shop's retrain takes what it found", async () => {
    const storage = ["--storage", join(folder.path, "shop")];
    const imported = await runCommand("scripts/import.ts", [...storage, "--format", "sessions", "--file", log]);
    expect(imported.exitCode, imported.stderr).toBe(0);
    const own = ["--tenant", "demo", "--model", "session-blend", "--json", ...storage];
    const searched = await runCommand("scripts/tune.ts", [...own, "--trials", "3", "--param", "sessionsShare=0.25"]);
    expect(searched.exitCode, searched.stderr).toBe(0);
    const { parameters } = searched.lastJson() as Line;
    expect((await runCommand("scripts/retrain.ts", [...storage, "--json"])).exitCode).toBe(0);
    const shown = await runCommand("scripts/models.ts", ["--tenant", "demo", "--json", ...storage, "show", "current"]);
    const manifest = shown.lastJson() as { blend: Record<string, number>; parameters: Record<string, number> };
    expect(manifest.blend["sessionsShare"]).toBe(0.25);
    expect(parameters).toMatchObject({ ...manifest.blend, ...manifest.parameters });
    const judged = await runCommand("scripts/evaluate.ts", own);
    expect(judged.lastJson()).toMatchObject({ model: "session-blend", column: "novel", k: 20 });
    const neither = await runCommand("scripts/evaluate.ts", [...own, "--file", log]);
    expect([neither.exitCode === 0, neither.stderr]).toEqual([false, expect.stringContaining("Give --tenant, or")]);
  });
});
