import { Agent, request as httpRequest } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { seededRandom } from "@footfall/base";
import { decodeEnvelope, type EventReceipt, topics } from "@footfall/events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { KeyQuotaBounds } from "../src/key-quota.ts";
import { type MalformedRequest, malformedRequests } from "./malformed-requests.ts";
import { memoryLog } from "./memory-log.ts";
import { clickEvent, nowMs, type RunningCollector, startCollector } from "./running-collector.ts";

/** A run of 100,000 takes a minute or two; see docs/INVARIANTS.md, I9. */
const requests = Number(process.env["FUZZ_REQUESTS"] ?? 10_000);
const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_128);
const connections = 16;
const heapGrowthBytesMax = 16 * 1_048_576;
vi.setConfig({ testTimeout: 60_000 + requests * 10 });

/** What reached the log, without holding it: memory would not be flat. */
let appended: { clicks: number; rejected: number; readonly unreadable: string[] };
let collector: RunningCollector;
let agent: Agent;
beforeEach(() => {
  appended = { clicks: 0, rejected: 0, unreadable: [] };
  agent = new Agent({ keepAlive: true, maxSockets: connections });
});
afterEach(async () => {
  agent.destroy();
  await collector.close();
});

async function start(bounds: Partial<KeyQuotaBounds>): Promise<RunningCollector> {
  const log = memoryLog();
  const append: typeof log.append = async (topic, records) => {
    if (topic === topics.rejected) appended.rejected += records.length;
    if (topic === topics.clicks) appended.clicks += records.length;
    for (const { value } of topic === topics.clicks ? records : []) {
      const text = Buffer.from(value!).toString("utf8");
      if (!decodeEnvelope(text).ok) appended.unreadable.push(text);
    }
    return records.map((_record, index) => ({ partition: 0, offset: BigInt(index) }));
  };
  return startCollector({ log: { ...log, append }, bounds });
}

interface FuzzAccount {
  readonly statuses: Map<number, number>;
  readonly receipts: Map<EventReceipt["status"], number>;
  /** Bodies that are no batch. */
  bodiesToKeep: number;
}

const noQuota = { keyEventsPerSecondMax: 0, keyBytesPerSecondMax: 0, keyRejectedBytesPerSecondMax: 0 };
/** A request comes each ms, with two events or so: most are too much. */
const smallQuota = { ...noQuota, keyEventsPerSecondMax: 200, keyRejectedBytesPerSecondMax: 5_000 };

it.each([
  ["without quota", noQuota],
  ["with a quota", smallQuota],
])(
  `${requests} malformed requests %s: all are answered, refusals are kept or counted, memory is flat`,
  async (name, bounds) => {
    collector = await start(bounds);
    const next = malformedRequests(seededRandom(seed), nowMs);
    const account: FuzzAccount = { statuses: new Map(), receipts: new Map(), bodiesToKeep: 0 };
    const warmUp = Math.ceil(requests / 5);
    await sendAll(next, warmUp, account);
    const heapBefore = liveHeapBytes();
    await sendAll(next, requests - warmUp, account);
    const heapGrowthBytes = liveHeapBytes() - heapBefore;
    const { statuses, receipts, bodiesToKeep } = account;
    const rejected = receipts.get("rejected") ?? 0;

    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(requests);
    expect([...statuses.keys()].filter((status) => status >= 500 && status !== 503)).toEqual([]);
    expect(appended.unreadable).toEqual([]);
    expect(appended.clicks).toBe(receipts.get("accepted"));
    const notKept = await metric("footfall_collector_rejects_not_kept_total");
    expect(appended.rejected + notKept).toBe(rejected + bodiesToKeep);
    const overQuota = statuses.get(429) ?? 0;
    expect(await metric("footfall_collector_quota_refusals_total")).toBe(overQuota);
    expect(heapGrowthBytes).toBeLessThan(heapGrowthBytesMax);
    expect(await collector.registry.metrics()).toContain("footfall_collector_in_flight_bytes 0");
    collector.clock.advance(60_000);
    expect((await collector.send([clickEvent()])).receipts[0]?.status).toBe("accepted");
    // Each kind is there, else the account shows nothing.
    const counts = [statuses.get(200)!, statuses.get(400)!, appended.rejected, receipts.get("accepted")!];
    expect(Math.min(...counts, ...(bounds === smallQuota ? [notKept, overQuota] : []))).toBeGreaterThan(100);
    console.log(
      `${requests} requests ${name}: ${show(statuses)}; receipts: ${show(receipts)}; kept ${appended.rejected}, not kept ${notKept}; ` +
        `heap +${(heapGrowthBytes / 1_048_576).toFixed(1)} MiB`,
    );
  },
);

/** The sum over its labels. */
async function metric(name: string): Promise<number> {
  const lines = (await collector.registry.metrics()).split("\n").filter((line) => line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

async function sendAll(next: () => MalformedRequest, count: number, account: FuzzAccount): Promise<void> {
  let left = count;
  const sender = async (): Promise<void> => {
    while (left-- > 0) await sendOne(next(), account);
  };
  await Promise.all(Array.from({ length: connections }, sender));
}

async function sendOne(sent: MalformedRequest, account: FuzzAccount): Promise<void> {
  collector.clock.advance(1);
  const { status, text } = await post(sent);
  const { statuses, receipts } = account;
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const answer = JSON.parse(text) as { receipts?: EventReceipt[]; code?: string };
  for (const receipt of answer.receipts ?? []) receipts.set(receipt.status, (receipts.get(receipt.status) ?? 0) + 1);
  if (/^EVENT_(BODY|BATCH)_/.test(answer.code ?? "")) account.bodiesToKeep += 1;
}

function post({ body, headers }: MalformedRequest): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const length = { "X-Footfall-Key": "open", "Content-Length": body.length };
    const outgoing = httpRequest(
      {
        port: collector.server.port,
        host: "127.0.0.1",
        path: "/v1/events",
        method: "POST",
        agent,
        headers: { ...length, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Bytes of the heap that are still referred to. */
function liveHeapBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

function show(counts: ReadonlyMap<unknown, number>): string {
  return [...counts].map(([name, count]) => `${String(name)} ${count}`).join(", ");
}
