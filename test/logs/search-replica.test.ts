import { randomUUID } from "node:crypto";
import { manualClock } from "@footfall/base";
import { type ChangeEvent, changeRecords, parseExactJson, type Row, unavailableValue } from "@footfall/changes";
import { openEmbeddedLog } from "@footfall/log/embedded";
import { openReplicate } from "@footfall/replicas";
import { SearchReplica, type SearchReplicaOptions } from "@footfall/replicas/search";
import { temporaryFolder } from "@footfall/testkit";
import { expect, it } from "vitest";
import { replicaContract } from "../../packages/replicas/test/replica-contract.ts";
import { startHttpProxy } from "./http-proxy.ts";
import { describeWithOpenSearch } from "./opensearch-or-skip.ts";

const startMs = Date.UTC(2026, 10, 29);

function placed(change: Partial<ChangeEvent>, partition = 0) {
  const base = {
    schema: "public",
    table: "products",
    operation: "update" as const,
    key: { id: 1 },
    before: undefined,
    after: undefined,
    position: { lsn: 1n, index: 0 },
    changedAtMs: startMs,
    capturedAtMs: startMs,
  };
  return { place: { topic: "cdc.public.products", partition }, change: { ...base, ...change } };
}

interface Hit {
  readonly _id: string;
  readonly _source: { readonly row: Row; readonly row_json?: string };
}

describeWithOpenSearch("replica in OpenSearch", (server) => {
  async function ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${server().url}/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    return parseExactJson(await response.text());
  }

  /** As anybody who searches finds them. */
  async function find(alias: string, query: object = { match_all: {} }): Promise<readonly Hit[]> {
    await ask("POST", `${alias}/_refresh`);
    const answer = (await ask("POST", `${alias}/_search`, { query, size: 10_000 })) as { hits?: { hits: Hit[] } };
    return answer.hits?.hits ?? [];
  }

  const open = (options: Partial<SearchReplicaOptions> & { indexPrefix: string }): SearchReplica =>
    SearchReplica.open({ url: server().url, clock: () => startMs, replicas: 0, ...options });
  const none = new Map<string, bigint>();
  const newPrefix = (): string => `t${randomUUID()}`;

  const contractPrefix = newPrefix();
  replicaContract("OpenSearch", () => ({
    open: () => open({ indexPrefix: contractPrefix }),
    runs: 6,
    rows: async (schema, table) =>
      (await find(`${contractPrefix}-${schema}.${table}`)).map(({ _source: { row, row_json: json } }) =>
        json === undefined ? row : (parseExactJson(json) as Row),
      ),
  }));

  it("lets no older change pass a newer one, a deletion or a truncation (couchbase-elasticsearch-connector#125)", async () => {
    const indexPrefix = newPrefix();
    const replica = open({ indexPrefix });
    const at = (lsn: number, index = 0) => ({ position: { lsn: BigInt(lsn), index } });
    await replica.store(
      [
        placed({ key: { id: 1 }, after: { id: 1, stock: 5 }, ...at(5, 2) }),
        placed({ key: { id: 2 }, after: { id: 2 }, ...at(5, 3) }),
        placed({ key: { id: 2 }, operation: "delete", ...at(6) }),
        placed({ key: { id: 3 }, after: { id: 3 }, ...at(6) }, 1),
        placed({ key: {}, operation: "truncate", ...at(7, 1) }, 1),
        placed({ key: { id: 4 }, after: { id: 4 }, ...at(7, 2) }, 1),
      ],
      new Map([["x", 1n]]),
      new Map([["x", undefined]]),
    );
    // Its progress, too, was restored from an older copy: it is expected, and all is given again.
    const old = [
      placed({ key: { id: 1 }, after: { id: 1, stock: 4 }, ...at(5, 1) }),
      placed({ key: { id: 2 }, after: { id: 2 }, ...at(5, 3) }),
      placed({ key: { id: 3 }, after: { id: 3 }, ...at(7, 0) }, 1),
    ];
    await open({ indexPrefix }).store(old, none, none);
    const rows = (await find(`${indexPrefix}-public.products`)).map(({ _source }) => _source.row);
    expect(rows.toSorted((a, b) => Number(a["id"]) - Number(b["id"]))).toEqual([{ id: 1, stock: 5 }, { id: 4 }]);
    await replica.store([placed({ key: { id: 2 }, after: { id: 2 }, ...at(8) })], none, none);
    expect(await find(`${indexPrefix}-public.products`)).toHaveLength(3);
    await replica.reset();
  });

  it("takes a topic that was restored with offsets from 0 (kafka-connect-elasticsearch#709, PR 530)", async () => {
    const indexPrefix = newPrefix();
    const topic = "cdc.public.products";
    /** A log with these changes of row 1, brought in from its start on. */
    const replicate = async (lsns: readonly number[]): Promise<void> => {
      const folder = await temporaryFolder();
      const log = await openEmbeddedLog({ folder: folder.path });
      await log.createTopic({ name: topic, partitions: 1 });
      const source = { name: "shop", database: "shop", version: "1" };
      const told = lsns.map((lsn) =>
        placed({ after: { id: 1, stock: lsn }, position: { lsn: BigInt(lsn), index: 0 } }),
      );
      await log.append(
        topic,
        told.flatMap(({ change }) => changeRecords(change, source)),
      );
      const replica = open({ indexPrefix });
      const persist = <T>(_step: string, work: () => Promise<T>): Promise<T> => work();
      const options = { log, replica, persist, changesMax: 100, onStored: () => {} };
      const state = await openReplicate(options, [{ topic, partition: 0 }]);
      for await (const batch of log.read({ topic, partition: 0, startOffset: state.starts[0]!.offset }))
        state.take(batch);
      await state.commit(true);
      await replica.close();
      await log.close();
      await folder.remove();
    };
    const stock = async () => (await find(`${indexPrefix}-public.products`)).map(({ _source }) => _source.row["stock"]);
    await replicate([1, 2, 3, 4, 5]);
    expect(await stock()).toEqual([5]);
    // Its offsets are those of another log, its documents stay.
    await ask("DELETE", `${indexPrefix}-progress`);
    await replicate([4, 6]);
    expect(await stock()).toEqual([6]);
    await ask("DELETE", `${indexPrefix}-progress`);
    await replicate([2]);
    expect(await stock()).toEqual([6]);
    await open({ indexPrefix }).reset();
  });

  it("answers by key, by words, by value and by number, with every digit", async () => {
    const indexPrefix = newPrefix();
    const replica = open({ indexPrefix });
    const row = { id: 9007199254740993n, shop: "a:b", name: "Red shoes, large", weight: 2, note: "long text" };
    const key = { id: row.id, shop: row.shop };
    await replica.store([placed({ key, after: row })], none, none);
    const later = { ...row, weight: 2.5, note: unavailableValue };
    await replica.store([placed({ key, after: later, position: { lsn: 2n, index: 0 } })], none, none);
    const alias = `${indexPrefix}-public.products`;
    for (const query of [
      { match: { "row.name": "shoes" } },
      { term: { "row.shop.keyword": "a:b" } },
      { range: { "row.weight": { gt: 2.4 } } },
    ]) {
      const [hit, ...others] = await find(alias, query);
      expect(others).toEqual([]);
      expect(hit!._id).toBe("9007199254740993:a%3Ab");
      expect(parseExactJson(hit!._source.row_json!)).toEqual({ ...row, weight: 2.5 });
      expect(hit!._source.row).toEqual({ ...row, weight: 2.5 });
    }
    await replica.reset();
  });

  it("names the change that the server does not take, and takes the rest without it", async () => {
    const indexPrefix = newPrefix();
    const replica = open({ indexPrefix });
    const changes = [
      placed({ key: { id: 1 }, after: { id: 1, tags: { a: 1 } } }),
      placed({ key: { id: 2 }, after: { id: 2, tags: "no object" }, position: { lsn: 2n, index: 0 } }),
      placed({ key: { id: 3 }, after: { id: 3, tags: { a: "no number" } }, position: { lsn: 3n, index: 0 } }),
    ];
    const refused = replica.store(changes, none, none);
    await expect(refused).rejects.toMatchObject({ code: "REPLICA_ROW_REFUSED", at: 1 });
    await replica.store([changes[0]!, changes[2]!], new Map([["x", 1n]]), none);
    const rows = (await find(`${indexPrefix}-public.products`)).map(({ _id }) => _id);
    expect(rows.toSorted()).toEqual(["1", "3"]);
    await expect(replica.store([placed({ changedAtMs: 1e15 })], none, none)).rejects.toMatchObject({ at: 0 });
    await replica.reset();
  });

  it("forgets marks of deletions after a while, and an ended reset that was broken off", async () => {
    const indexPrefix = newPrefix();
    const clock = manualClock(startMs);
    const replica = open({ indexPrefix, clock: clock.now, marksKeptMs: 60_000 });
    await replica.store([placed({ after: { id: 1 } })], none, none);
    await replica.store([placed({ operation: "delete", position: { lsn: 2n, index: 0 } })], none, none);
    const rows = `${indexPrefix}-rows-public.products`;
    expect(await find(rows)).toHaveLength(1);
    expect(await find(`${indexPrefix}-public.products`)).toEqual([]);
    clock.advance(61_000);
    await replica.store([], new Map([["x", 1n]]), none);
    expect(await find(rows)).toEqual([]);
    await ask("PUT", `${indexPrefix}-progress/_doc/progress`, { positions: { x: "1" }, call: "", isResetting: true });
    expect((await open({ indexPrefix }).progress()).size).toBe(0);
    expect(await ask("GET", `${indexPrefix}-rows-*/_settings`)).toEqual({});
  });

  it("ends as it should where answers are lost and bulks are refused in part, and says where the server is away", async () => {
    const indexPrefix = newPrefix();
    const changes = [1, 2, 3, 4].map((id) =>
      placed({ key: { id }, after: { id }, position: { lsn: BigInt(id), index: 0 } }),
    );
    const away = open({ indexPrefix, url: "http://127.0.0.1:9", patienceMs: 50 });
    await expect(away.progress()).rejects.toMatchObject({ code: "REPLICA_UNAVAILABLE", retriable: true });
    const faults: ("lose" | "refuse")[] = [];
    const proxy = await startHttpProxy(server().url, async ({ method, path }, forward) => {
      const isWrite = path.includes("_bulk") || (method === "PUT" && path.includes("_doc/progress"));
      const fault = isWrite ? faults.shift() : undefined;
      const answer = await forward();
      if (fault === undefined) return answer;
      if (fault === "lose") return "cut";
      const body = JSON.parse(answer.body) as { items: Record<string, object>[] };
      body.items[2] = { create: { status: 429, error: { type: "rejected_execution_exception", reason: "queue" } } };
      return { status: 200, body: JSON.stringify(body) };
    });
    const replica = open({ indexPrefix, url: proxy.url });
    await replica.store([], new Map([["x", 1n]]), new Map([["x", undefined]]));
    // The bulk, once more, what it did not take, and the progress.
    faults.push("lose", "refuse", "lose");
    await replica.store(changes, new Map([["x", 2n]]), new Map([["x", 1n]]));
    expect(faults).toEqual([]);
    expect(await replica.progress()).toEqual(new Map([["x", 2n]]));
    expect(await find(`${indexPrefix}-public.products`)).toHaveLength(4);
    await replica.reset();
    await proxy.close();
  });
});
