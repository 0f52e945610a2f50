import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCodes } from "@footfall/base";
import { describe, expect, it } from "vitest";
import { configPage, environmentExample, knownVariablesSource } from "../../scripts/generate-docs/config-page.ts";
import { errorsPage } from "../../scripts/generate-docs/errors-page.ts";
import { projectFiles, readProjectFile, root } from "./project-files.ts";

const pages = projectFiles().filter((path) => path.endsWith(".md"));
const code = projectFiles().filter((path) => /^(packages|apps|scripts)\/.*\.ts$/.test(path));

describe("docs", () => {
  it("are generated where code is their source; run `npm run docs` to renew them", async () => {
    expect(readProjectFile("docs/errors.md")).toBe(errorsPage());
    expect(readProjectFile("docs/config.md")).toBe(await configPage());
    expect(readProjectFile(".env.example")).toBe(await environmentExample());
    expect(readProjectFile("packages/runtime/src/known-variables.ts")).toBe(await knownVariablesSource());
  });

  it("link only to what is there", () => {
    const broken = pages.flatMap((page) =>
      [...readProjectFile(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => match[1]!)
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("name a test for each invariant, and the test exists", () => {
    const rows = readProjectFile("docs/INVARIANTS.md")
      .split("\n")
      .filter((line) => /^\| I\d+ /.test(line));
    expect(rows.map((row) => row.slice(2, 5).trim())).toEqual(
      Array.from({ length: 10 }, (_, index) => `I${index + 1}`),
    );
    for (const row of rows) {
      const tests = [...row.matchAll(/`([^`]+\.test\.ts)`/g)].map((match) => match[1]!);
      expect(tests.length, row).toBeGreaterThan(0);
      for (const test of tests) expect(existsSync(join(root, test)), test).toBe(true);
    }
  });

  it("know of every error code that is in use", () => {
    const unused = Object.keys(errorCodes).filter(
      (name) =>
        !code.some((path) => path !== "packages/base/src/errors.ts" && readProjectFile(path).includes(`"${name}"`)),
    );
    expect(unused).toEqual([]);
  });
});
