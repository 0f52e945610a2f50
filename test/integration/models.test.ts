import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";

describe("npm run models", () => {
  let folder: TemporaryFolder;
  /** Versions of two models, the older first; the second is served. */
  let versions: string[];
  const run = (script: string, ...args: string[]) => runCommand(script, args);
  const models = (...args: string[]) => run("scripts/models.ts", "--storage", folder.path, "--json", ...args);
  const served = async (): Promise<string[]> => {
    const listed = (await models("list")).lastJson() as { model: string; served: string }[];
    return listed.filter((model) => model.served === "yes").map(({ model }) => model);
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    versions = [];
    for (const [day, last] of ["b", "c"].entries()) {
      const rows = Array.from({ length: 40 }, (_, n) => {
        const ts = 1_760_000_000 + day * 86_400 + n * 600;
        return `s${day}-${n},a,${ts}\ns${day}-${n},${n % 2 === 0 ? "x" : last},${ts + 30}`;
      });
      const file = join(folder.path, `day-${day}.csv`);
      await writeFile(file, `session_id,item_id,ts\n${rows.join("\n")}\n`);
      const imported = await run("scripts/import.ts", "--format", "sessions", "--file", file, "--storage", folder.path);
      expect(imported.stderr + imported.stdout).toContain("accepted 80");
      const trained = await run("scripts/retrain.ts", "--storage", folder.path, "--json");
      versions.push((trained.lastJson() as { modelVersion: string }).modelVersion);
    }
  });
  afterAll(() => folder.remove());

  it("lists models with their lineage and shows one whole", async () => {
    const listed = (await models("list")).lastJson() as Record<string, unknown>[];
    expect(listed.map(({ model, parent }) => [model, parent])).toEqual([
      [versions[1], versions[0]],
      [versions[0], null],
    ]);
    expect(await served()).toEqual([versions[1]]);
    const shown = (await models("show", "current")).lastJson();
    expect(shown).toMatchObject({ modelVersion: versions[1], tenant: "demo", sizes: { items: 4, sessions: 80 } });
  });

  it("tells what one does differently", async () => {
    const changes = (await models("compare", versions[0]!, "current")).lastJson();
    expect(changes).toMatchObject({ previousVersion: versions[0], itemsNew: 1, itemsGone: 0 });
  });

  it("promotes and rolls back", async () => {
    await models("promote", versions[0]!);
    expect(await served()).toEqual([versions[0]]);
    await models("rollback");
    expect(await served()).toEqual([versions[1]]);
  });

  it("says what is not there", async () => {
    const unknown = await models("promote", "0123456789abcdef");
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("MODEL_NOT_FOUND") });
    expect(await served()).toEqual([versions[1]]);
    const elsewhere = await models("list", "--tenant", "other");
    expect(elsewhere.stderr).toContain("Shop other has no models; these have: demo");
    const empty = await run("scripts/models.ts", "--storage", join(folder.path, "none"), "list");
    expect(empty.stderr).toContain("Retrain first");
  });
});
