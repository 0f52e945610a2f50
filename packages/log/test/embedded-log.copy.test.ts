import { Buffer } from "node:buffer";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { readAll, temporaryFolder, textOf } from "@footfall/testkit";
import { expect, it } from "vitest";

it("copies one committed state while records are appended: every record up to the copy's end, in order", async () => {
  const folder = await temporaryFolder();
  const log = await openEmbeddedLog({ folder: join(folder.path, "log") });
  try {
    await log.createTopic({ name: "t", partitions: 1 });
    let isStopping = false;
    let answered = 0;
    const appending = (async () => {
      for (; !isStopping; answered += 1) await log.append("t", [{ key: "k", value: Buffer.from(`${answered}`) }]);
    })();
    for (let copy = 0; copy < 5; copy += 1) {
      const target = join(folder.path, `copy-${copy}`);
      await mkdir(target);
      const before = answered;
      await log.copyTo(target);
      const copied = await openEmbeddedLog({ folder: target });
      try {
        const texts = (await readAll(copied, "t", 0)).map(textOf);
        expect(texts.length).toBeGreaterThanOrEqual(before);
        expect(texts).toEqual(texts.map((_, index) => `${index}`));
        await copied.append("t", [{ key: "k", value: Buffer.from("more") }]);
      } finally {
        await copied.close();
      }
    }
    isStopping = true;
    await appending;
    expect(answered).toBeGreaterThan(0);
    await expect(log.copyTo(join(folder.path, "absent", "folder"))).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  } finally {
    await log.close();
    await folder.remove();
  }
});
