import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@footfall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { demoWriteKeys, readWriteKeys } from "../src/index.ts";

async function keysFile(content: unknown): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const file = join(folder.path, "keys.json");
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("readWriteKeys", () => {
  it("reads keys and lets pages' keys send no old events by default", async () => {
    const keys = await readWriteKeys(
      await keysFile([{ key: "shop-1", tenant: "shop", origins: ["https://shop.example"] }]),
    );
    expect(keys.get("shop-1")).toEqual({
      key: "shop-1",
      tenant: "shop",
      origins: ["https://shop.example"],
      isHistoric: false,
    });
    expect(demoWriteKeys.get("demo")?.isHistoric).toBe(false);
  });

  it("reads a key's own quota", async () => {
    const quota = { eventsPerSecondMax: 50, bytesPerSecondMax: 0, rejectedBytesPerSecondMax: 1_000 };
    const keys = await readWriteKeys(await keysFile([{ key: "shop-1", tenant: "shop", origins: [], ...quota }]));
    expect(keys.get("shop-1")).toMatchObject(quota);
  });

  it.each([
    ["broken JSON", "[{", /not a readable JSON file/],
    ["a tenant unsafe in paths", [{ key: "shop-1", tenant: "../x", origins: [] }], /\/0\/tenant/],
    ["an unknown field", [{ key: "shop-1", tenant: "x", origins: [], secret: 1 }], /\/0\/secret/],
    [
      "a key twice",
      [
        { key: "shop-1", tenant: "x", origins: [] },
        { key: "shop-1", tenant: "y", origins: [] },
      ],
      /twice/,
    ],
    ["a quota below 0", [{ key: "shop-1", tenant: "x", origins: [], eventsPerSecondMax: -1 }], /\/0\/eventsPerSecond/],
    ["an empty list", [], /write keys/],
    ["a bare host", [{ key: "shop-1", tenant: "x", origins: ["shop2.example"] }], /write "https:\/\/shop2.example"/],
  ])("refuses %s and names the file", async (_name, content, message) => {
    const file = await keysFile(content);
    await expect(readWriteKeys(file)).rejects.toThrow(message);
    await expect(readWriteKeys(file)).rejects.toThrow(file);
  });
});
