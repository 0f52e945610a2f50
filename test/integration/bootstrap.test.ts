import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installedState, isStale } from "../../scripts/bootstrap.mjs";

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function write(path: string, value: object): Promise<void> {
  await mkdir(join(folder.path, path, ".."), { recursive: true });
  await writeFile(join(folder.path, path), JSON.stringify(value));
}

const hiddenLock = "node_modules/.package-lock.json";
const wanted = {
  "": { version: "1.0.0" },
  "apps/shop": { version: "0.1.0" },
  "node_modules/@footfall/shop": { link: true },
  "node_modules/a": { version: "1.2.3" },
  "node_modules/binary-for-another-platform": { version: "1.0.0", optional: true },
};

describe("bootstrap", () => {
  it("tells missing, outdated and complete packages apart", async () => {
    await write("package-lock.json", { packages: wanted });
    expect(installedState(folder.path)).toBe("missing");
    await write(hiddenLock, { packages: {} });
    expect(installedState(folder.path)).toBe("outdated");
    await write(hiddenLock, { packages: { "node_modules/a": { version: "1.2.2" } } });
    expect(installedState(folder.path)).toBe("outdated");
    await write(hiddenLock, { packages: { "node_modules/a": { version: "1.2.3" } } });
    expect(installedState(folder.path)).toBe("complete");
  });

  it("sees that the tracker is absent, or older than a source in a folder", async () => {
    const output = join(folder.path, "dist/t.js");
    const source = join(folder.path, "src");
    await write("src/deep/a.ts", {});
    expect(isStale(output, [source])).toBe(true);
    await write("dist/t.js", {});
    await utimes(join(source, "deep/a.ts"), 1_000, 1_000);
    expect(isStale(output, [join(source, "deep")])).toBe(false);
    await utimes(output, 999, 999);
    expect(isStale(output, [join(source, "deep")])).toBe(true);
    await rm(output);
    expect(isStale(output, [])).toBe(true);
  });
});
