import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { temporaryFolder } from "@footfall/testkit";
import { expect, it } from "vitest";
import { program, useNames } from "./use-and-close.ts";

const run = promisify(execFile);

it.each(useNames)("leaves nothing behind that keeps a process alive: %s", { timeout: 120_000 }, async (use) => {
  const folder = await temporaryFolder();
  try {
    const { stdout } = await run(process.execPath, [
      "--import",
      "tsx",
      program,
      "embedded",
      folder.path,
      "clicks",
      use,
    ]);
    expect(stdout).toBe("used\nclosed\n");
  } finally {
    await folder.remove();
  }
});
