import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder, waitFor } from "@footfall/testkit";

describe("waitFor", () => {
  it("returns the first truthy value", async () => {
    let looks = 0;
    expect(await waitFor(() => (++looks >= 3 ? looks : undefined))).toBe(3);
  });

  it("fails at the deadline and names the last error", async () => {
    const waiting = waitFor(() => Promise.reject(new Error("not yet")), { deadlineMs: 10, what: "the impossible" });
    await expect(waiting).rejects.toMatchObject({
      message: expect.stringContaining("the impossible"),
      cause: { message: "not yet" },
    });
  });
});

describe("temporaryFolder", () => {
  it("gives a new empty folder and removes it with its contents", async () => {
    const first = await temporaryFolder();
    const second = await temporaryFolder();
    expect(first.path).not.toBe(second.path);
    writeFileSync(join(first.path, "file"), "x");
    await first.remove();
    await second.remove();
    expect(existsSync(first.path)).toBe(false);
  });
});
