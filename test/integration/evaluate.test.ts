import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";

describe("npm run evaluate", () => {
  let folder: TemporaryFolder;
  let log: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const days = Array.from({ length: 10 }, (_, n) => `s${n},a,${n * 86_400}\ns${n},b,${n * 86_400 + 60}`);
    log = join(folder.path, "log.csv");
    await writeFile(log, `session_id,item_id,ts\n${days.join("\n")}\n`);
  });
  afterAll(() => folder.remove());
  const evaluate = (...args: string[]) => runCommand("scripts/evaluate.ts", ["--format", "sessions", ...args]);

  it("prints a row per model, column and length", async () => {
    const { exitCode, stdout } = await evaluate("--file", log, "--split", "last-day", "--json", "--param", "k=7");
    expect(exitCode).toBe(0);
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const models = [
      "popular",
      "ar",
      "sr",
      "item-item",
      "ease",
      "v-sknn",
      "vmis-knn",
      "stan",
      "vstan",
      "slist",
      "session-blend",
      "blend",
    ];
    expect([...new Set(rows.map(({ model }) => model))]).toEqual(models);
    expect(rows.length).toBe(models.length * 2 * 3);
    // Ten times b came after a: all but the popular one put b first, or a (which it saw as often) before it.
    const vstan = rows.find(({ model, column, k }) => model === "vstan" && column === "novel" && k === 20)!;
    expect(vstan).toMatchObject({ n: 2, hr: 1, mrr: 1, ndcg: 1, recall: 1, map: 1, precision: 1 / 20, coverage: 0.5 });
    expect(vstan["params"]).toMatchObject({ k: 7, isCompatible: false });
    for (const name of ["popularity", "trainSeconds", "microsPerQueryP50", "microsPerQueryP90"]) {
      expect(typeof vstan[name]).toBe("number");
    }
  });

  it("says what it cannot do", async () => {
    const source = ["--file", log, "--split", "last-day"];
    const refused = [
      [["--file", log], "Give --train and --test, or --file and --split."],
      [[...source, "--model", "vstan", "--param", "kk=1"], "vstan has no parameter kk"],
      [[...source, "--model", "sr", "--param", "weighting=steep"], "weighting=steep: same, div"],
      [[...source, "--model", "vstan", "--param", "k=many"], "k=many: not a number"],
      [["--train", log, "--test", join(folder.path, "none")], "INPUT_FILE_MISSING"],
    ] as const;
    for (const [args, message] of refused) {
      const { exitCode, stderr } = await evaluate(...args);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain(message);
    }
  });
});
