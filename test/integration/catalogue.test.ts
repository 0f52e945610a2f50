import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readChange } from "@footfall/changes";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { storageFolders } from "@footfall/runtime";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";

let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function feed(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, content);
  return path;
}

function run(...parameters: string[]) {
  return runCommand("scripts/catalogue.ts", [...parameters, "--storage", folder.path]);
}

const first = [
  '{"id":"1","title":"One","price":"1 EUR","color":"red","material":"wood"}',
  '{"id":"2","title":"Two","price":"2 EUR"}',
  '{"id":"3","title":"Three","price":"3 EUR"}',
];

// Each command is a process that compiles what it runs: on a busy machine that takes seconds.
describe("npm run catalogue", { timeout: 240_000 }, () => {
  it("imports a feed, tells what another one would change, and lists what there is", async () => {
    const path = await feed("first.jsonl.gz", gzipSync(`${first.join("\n")}\n`));
    const before = await run("diff", path, "--json");
    expect(before.exitCode).toBe(1);
    expect(before.lastJson()).toMatchObject({ created: 3, updated: 0, deleted: 0, topic: "cdc.shop.products" });
    expect((await run("import", path, "--dry-run", "--json")).lastJson()).toMatchObject({ created: 3 });
    expect((await run("import", path, "--json")).lastJson()).toMatchObject({ created: 3, current: 0 });
    expect((await run("diff", path)).exitCode).toBe(0);

    const xml = await feed(
      "second.xml",
      `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>
        <item><g:id>1</g:id><title>Uno</title><g:price>1,00 €</g:price><g:color>red</g:color><g:material>oak</g:material></item>
        <item><g:id>2</g:id><title>Two</title><g:price>EUR 2</g:price></item>
        <item><g:id>4</g:id><title>Four\u001b[2J</title><g:price>some money</g:price></item>
      </channel></rss>`,
    );
    const diff = await run("diff", xml, "--json");
    expect(diff.exitCode).toBe(1);
    expect(diff.lastJson()).toMatchObject({
      created: 0,
      updated: 1,
      deleted: 1,
      unchanged: 1,
      badRows: 1,
      changes: [
        {
          operation: "update",
          itemId: "1",
          columns: {
            title: { before: "One", after: "Uno" },
            "attributes.material": { before: "wood", after: "oak" },
          },
        },
        { operation: "delete", itemId: "3" },
      ],
    });
    expect(diff.stderr).toContain(`${xml}:4: item "4": price "some money" is no price`);
    const rejects = join(folder.path, "rejects.jsonl");
    const refused = await run("import", xml, "--rejects", rejects);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("FEED_REFUSED: 1 of 3 rows")]);
    const imported = await run("import", xml, "--rejects", rejects, "--max-bad-rows", "40");
    expect(imported.stdout).toContain("0 created, 1 updated, 1 deleted, 1 unchanged");
    expect(JSON.parse(await readFile(rejects, "utf8"))).toMatchObject({ line: 4, itemId: "4", field: "price" });

    const list = (await run("list", "--limit", "2", "--json")).lastJson();
    expect(list).toMatchObject([
      { item_id: "1", title: "Uno", price: "1.00", attributes: { material: "oak" } },
      { item_id: "2", title: "Two", price: "2.00" },
    ]);
    expect((await run("list", "--item", "2")).stdout).toMatch(/title\s+│ Two/);
    expect((await run("list", "--item", "3", "--json")).exitCode).toBe(1);
  });

  it("lets one of two imports at once wait for the other", async () => {
    const [one, other] = [
      await feed("one.csv", "id,title\n1,A\n2,B\n"),
      await feed("other.csv", "id,title\n2,C\n3,D\n"),
    ];
    const options = ["--table", "races", "--allow-deletes"];
    const both = await Promise.all([run("import", one, ...options), run("import", other, ...options)]);
    expect(both.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    const rows = (await run("list", "--table", "races", "--json")).lastJson() as readonly { item_id: string }[];
    expect([["1", "2"], ["2", "3"]]).toContainEqual(rows.map(({ item_id: id }) => id)); // prettier-ignore
  });

  it("says what is wrong, and how diff(1) says it", async () => {
    const missing = await run("diff", join(folder.path, "missing.csv"));
    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining("INPUT_FILE_MISSING")]);
    const cut = await run("import", await feed("cut.xml", "<rss><channel><item>"), "--allow-deletes");
    expect([cut.exitCode, cut.stderr]).toEqual([1, expect.stringContaining("cut off")]);
    const empty = await run("import", await feed("empty.csv", ""));
    expect([empty.exitCode, empty.stderr]).toEqual([1, expect.stringContaining("FEED_REFUSED")]);
    expect((await run("import", "x", "--table", "../evil")).exitCode).toBe(1);
  });

  it("writes Debezium's envelope that others read", async () => {
    const log = await openEmbeddedLog({ folder: storageFolders(folder.path).log });
    const operations: string[] = [];
    for (const [partition, { startOffset }] of (await log.offsets("cdc.shop.products")).entries()) {
      for await (const { records } of log.read({ topic: "cdc.shop.products", partition, startOffset })) {
        for (const record of records) {
          const read = readChange(record);
          operations.push(read.is === "change" ? read.change.operation : read.is);
        }
      }
    }
    await log.close();
    expect(operations.sort()).toEqual(["create", "create", "create", "delete", "tombstone", "update"]);
  });
});
