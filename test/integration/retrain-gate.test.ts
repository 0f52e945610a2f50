import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seededRandom, shuffled } from "@footfall/base";
import { findDataFile, type TemporaryFolder, temporaryFolder, waitFor } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApp } from "../app-process.ts";
import { type CommandResult, runCommand } from "../run-command.ts";

const file = findDataFile("rsc15-100k-sessionrec/yoochoose-clicks-100k_train_full.txt", process.env);

/** A click as `session_id,item_id,ts` has it. */
type Click = readonly [sessionId: string, itemId: string, seconds: string];

describe.skipIf(file === undefined)("the gate, on sessions of YooChoose", { timeout: 180_000 }, () => {
  let folder: TemporaryFolder;
  /** A shop's first sessions, and those after them. */
  let early: readonly Click[];
  let late: readonly Click[];
  /** Version of the model of the early ones. */
  let champion: string;

  const storage = (name: string): string => join(folder.path, name);
  const run = (script: string, name: string, ...flags: string[]): Promise<CommandResult> =>
    runCommand(script, ["--storage", storage(name), ...flags]);
  const retrain = (name: string, ...flags: string[]) => run("scripts/retrain.ts", name, "--json", ...flags);
  const models = (name: string, ...flags: string[]) => run("scripts/models.ts", name, "--json", ...flags);
  const importClicks = async (name: string, clicks: readonly Click[]): Promise<void> => {
    const csv = join(folder.path, `${name}.csv`);
    await writeFile(csv, `session_id,item_id,ts\n${clicks.map((click) => click.join(",")).join("\n")}\n`);
    const imported = await run("scripts/import.ts", name, "--format", "sessions", "--file", csv);
    expect(imported.exitCode, imported.stderr).toBe(0);
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    const rows = (await readFile(file!, "utf8")).trimEnd().split("\n").slice(1);
    const clicks = rows.map((row): Click => row.split("\t") as [string, string, string]);
    const endOf = new Map(clicks.map(([sessionId, , seconds]) => [sessionId, Number(seconds)]));
    const ends = [...endOf.values()].sort((a, b) => a - b);
    const cut = ends[Math.floor(0.9 * ends.length)]!;
    early = clicks.filter(([sessionId]) => endOf.get(sessionId)! < cut);
    late = clicks.filter(([sessionId]) => endOf.get(sessionId)! >= cut);
    await importClicks("good", early);
    champion = ((await retrain("good")).lastJson() as { modelVersion: string }).modelVersion;
    await cp(join(storage("good"), "models"), join(storage("mixed-up"), "models"), { recursive: true });
  }, 180_000);
  afterAll(() => folder.remove());

  it("refuses a model of mixed-up sessions, keeps it, and publishes it when told why", async () => {
    const items = shuffled(
      early.map(([, itemId]) => itemId),
      seededRandom(3),
    );
    const mixedUp = early.map(([sessionId, , seconds], at): Click => [sessionId, items[at]!, seconds]);
    await importClicks("mixed-up", [...mixedUp, ...late]);
    const refused = await retrain("mixed-up");
    expect(refused.exitCode).toBe(5);
    expect(refused.lastJson()).toMatchObject({ type: "error", code: "MODEL_GATE_REFUSED" });
    const [first, second] = (await models("mixed-up", "history")).lastJson() as Record<string, unknown>[];
    expect(first).toMatchObject({ model: champion, decided: "published" });
    expect(second).toMatchObject({ decided: "refused", before: champion, gate: "worse" });
    console.log(`mixed-up sessions: ${JSON.stringify(second)}`);
    const listed = (await models("mixed-up", "list")).lastJson() as Record<string, unknown>[];
    expect(listed.find(({ served }) => served === "yes")).toMatchObject({ model: champion });
    expect(listed.map(({ model }) => model)).toContain(second!["model"]);

    expect((await retrain("mixed-up", "--force", "a test")).lastJson()).toMatchObject({ outcome: "published" });
    const last = ((await models("mixed-up", "history")).lastJson() as object[]).at(-1);
    expect(last).toMatchObject({ model: second!["model"], decided: "forced", reason: "a test" });
  });

  it("publishes one of the new sessions; a running recommender goes back to the one before when told", async () => {
    await importClicks("good", late);
    const report = (await retrain("good")).lastJson() as { modelVersion: string; gate: object };
    expect(report).toMatchObject({
      outcome: "published",
      gate: { champion, outcome: expect.stringMatching("better|no worse") },
    });
    const recommender = await startApp("recommender", storage("good"), {});
    const served = async (version: string): Promise<boolean> => {
      const answer = await fetch(`${recommender.url}/recommendations`);
      return ((await answer.json()) as { modelVersion: string | null }).modelVersion === version;
    };
    try {
      await waitFor(() => served(report.modelVersion), { deadlineMs: 60_000 });
      expect((await models("good", "rollback", "--reason", "a test")).exitCode).toBe(0);
      const startMs = performance.now();
      await waitFor(() => served(champion), { deadlineMs: 60_000 });
      console.log(`served again ${Math.round(performance.now() - startMs)} ms after the command`);
      const last = ((await models("good", "history")).lastJson() as object[]).at(-1);
      expect(last).toMatchObject({ model: champion, decided: "rolled back", reason: "a test" });
    } finally {
      await recommender.kill();
    }
  });
});
