import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import type { TestProject } from "vitest/node";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** File that takes a line of JSON for each case. */
    readonly casesReportPath: string;
  }
}

interface ShownCase {
  readonly input: string;
  readonly outcome: string;
}

/** Puts a line into the table that the suite prints at its end. A case calls it once its outcome has been checked. */
export async function showCase(input: string, outcome: string): Promise<void> {
  await appendFile(inject("casesReportPath"), `${JSON.stringify({ input, outcome } satisfies ShownCase)}\n`);
}

/** Vitest runs it before the suite; what it returns runs afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "footfall-cases-"));
  const path = join(folder, "cases.jsonl");
  project.provide("casesReportPath", path);
  return async () => {
    const text = await readFile(path, "utf8").catch(() => "");
    await rm(folder, { recursive: true, force: true });
    const cases = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as ShownCase]));
    if (cases.length === 0) return;
    const table = new Table({ head: ["input", "outcome"], style: { head: [], border: [] } });
    for (const { input, outcome } of cases.sort((a, b) => (a.input < b.input ? -1 : 1))) table.push([input, outcome]);
    console.log(table.toString());
  };
}
