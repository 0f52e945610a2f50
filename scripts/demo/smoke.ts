import { type Random, seededRandom, systemClock } from "@footfall/base";
import type { ClickEvent, EventReceipt } from "@footfall/events";
import { storageFolders } from "@footfall/runtime";
import { openModelStore } from "@footfall/models";
import type { EvaluationReport } from "@footfall/similarity";
import type { Standalone } from "@footfall/standalone";
import { createCollectorClient, type SendBatch } from "../collector-client.ts";
import { openOutsideLake, type OutsideLake } from "../outside-lake.ts";
import { runRetrain } from "./run-retrain.ts";
import { askForRecommendations, batchesOf, createShopVisitors, pastEvents } from "./shop-visitors.ts";
import { startDemoServer } from "./start-demo.ts";

/** The last line of `npm run demo -- --smoke --json`. */
export interface SmokeReport {
  sent: number;
  accepted: number;
  duplicate: number;
  rejected: number;
  /** Distinct event ids that this run added to `events`, counted by a DuckDB outside the product. */
  inLake: number;
  /** Distinct minute windows and sessions in the lake. */
  windows: number;
  sessions: number;
  modelVersion: string | null;
  metrics: EvaluationReport | null;
  /** Recommendations for the most viewed items. */
  readonly sample: { itemId: string; recommended: { itemId: string; score: number; source: string }[] }[];
  readonly seconds: Record<string, number>;
  /** What does not add up; empty when `ok`. */
  readonly problems: string[];
  ok: boolean;
}

export interface SmokeOptions {
  readonly storageDir: string;
  readonly seed: number;
  readonly visits: number;
  readonly kafkaBrokers?: string;
  /** One line a stage, for a person. */
  readonly onStage: (line: string) => void;
}

const tenant = "demo";
const days = 2;
const share = { repeated: 0.03, broken: 0.02 } as const;
const batchEventsMax = 200;
const requestsInFlight = 4;
const lakeDeadlineMs = 90_000;
const swapDeadlineMs = 20_000;
const pages = ["/shop", "/t.js", "/docs", "/livez"] as const;
const operatorPages = ["/", "/console/status.json", "/metrics", "/health"] as const;

/** Starts everything on a free port, sends events over HTTP, follows them to a recommendation, and does the sums. */
export async function runSmoke(options: SmokeOptions): Promise<SmokeReport> {
  const report: SmokeReport = {
    sent: 0,
    accepted: 0,
    duplicate: 0,
    rejected: 0,
    inLake: 0,
    windows: 0,
    sessions: 0,
    modelVersion: null,
    metrics: null,
    sample: [],
    seconds: {},
    problems: [],
    ok: false,
  };
  const random = seededRandom(options.seed);
  const stage = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const startMs = performance.now();
    try {
      return await run();
    } finally {
      report.seconds[name] = Math.round(performance.now() - startMs) / 1_000;
      options.onStage(`${name}: ${report.seconds[name]} s`);
    }
  };
  const started = performance.now();
  const folders = storageFolders(options.storageDir);
  const lake = await openOutsideLake(folders.tables);
  const server = await stage("start", () =>
    startDemoServer({
      storageDir: options.storageDir,
      port: 0,
      ...(options.kafkaBrokers && { kafkaBrokers: options.kafkaBrokers }),
      random,
      commitIntervalMs: 500,
      deriveIntervalMs: 500,
      idleTimeoutMs: 1_000,
    }),
  );
  try {
    const before = await lake.countEvents();
    await stage("send", () => sendEvents(server.url, options, random, report));
    await stage("lake", () => followToLake(lake, before.ids, report));
    await stage("train", () => retrain(options.storageDir, report));
    await stage("recommend", () => recommendMostViewed(server.url, lake, report));
    await stage("pages", () => openPages(server, report));
  } catch (error) {
    report.problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    await stage("stop", () => server.stop());
    lake.close();
  }
  report.seconds["total"] = Math.round(performance.now() - started) / 1_000;
  report.ok = report.problems.length === 0;
  return report;
}

/** Real visits of the last days, some events twice, some broken in one of several ways. */
async function sendEvents(url: string, options: SmokeOptions, random: Random, report: SmokeReport): Promise<void> {
  const visitors = createShopVisitors(random);
  // Sessions that ended over half an hour ago are closed as soon as the log is idle.
  const endMs = systemClock() - 2 * 3_600_000;
  const events = pastEvents({ visitors, random, visits: options.visits, days, endMs });
  const repeated = events.filter(() => random() < share.repeated);
  const broken = events.filter(() => random() < share.broken).map((event) => breakEvent(event, random));
  const client = (key: string): SendBatch => createCollectorClient({ url, key, clock: systemClock, random });
  const clients = [client("demo"), client("demo-historic")];
  const receipts: EventReceipt[] = [];
  const sendAll = async (values: readonly unknown[]): Promise<void> => {
    const batches = [...batchesOf(values, batchEventsMax)].entries();
    const drain = async (): Promise<void> => {
      for (const [index, batch] of batches) receipts.push(...(await clients[index % 2]!(batch)));
    };
    await Promise.all(Array.from({ length: requestsInFlight }, drain));
  };
  await sendAll(events);
  await sendAll([...broken, ...repeated]);
  report.sent = events.length + broken.length + repeated.length;
  for (const { status } of receipts) report[status] += 1;
  check(report, report.sent === report.accepted + report.duplicate + report.rejected, "sent ≠ the sum of receipts");
  check(report, report.accepted === events.length, `${events.length} new events, ${report.accepted} accepted`);
  check(report, report.duplicate === repeated.length, `${repeated.length} repeats, ${report.duplicate} duplicate`);
  check(report, report.rejected === broken.length, `${broken.length} broken events, ${report.rejected} rejected`);
}

function breakEvent(event: ClickEvent, random: Random): unknown {
  const eventId = event.eventId.replace(/^......../, "0badf00d");
  const faults = [
    { name: "buy" },
    { eventId: "not-a-uuid" },
    { visitorId: undefined },
    { occurredAtMs: event.occurredAtMs + 400 * 86_400_000 },
    { items: [{ item_id: "" }] },
    { items: [{ item_id: "broken", quantity: -1 }] },
  ];
  return { ...event, eventId, ...faults[Math.floor(random() * faults.length)] };
}

/** Waits until every accepted event and every window is there, then compares them with the outside recomputation. */
async function followToLake(lake: OutsideLake, idsBefore: number, report: SmokeReport): Promise<void> {
  await until(lakeDeadlineMs, 250, async () => {
    if ((await lake.countEvents()).ids - idsBefore < report.accepted) return false;
    return (await lake.compare("sessions")).missing === 0 && (await lake.compare("item_windows")).missing === 0;
  });
  const { rows, ids } = await lake.countEvents();
  const windows = await lake.compare("item_windows");
  const sessions = await lake.compare("sessions");
  report.inLake = ids - idsBefore;
  report.windows = windows.groups;
  report.sessions = sessions.groups;
  check(report, report.inLake === report.accepted, `${report.accepted} accepted, ${report.inLake} in the lake`);
  check(report, rows === ids, `${rows - ids} events stand in the lake twice`);
  for (const [name, found] of Object.entries({ windows, sessions })) {
    check(report, found.groups > 0, `there are no ${name}`);
    check(report, found.groups === found.recomputedGroups, `${found.groups} ${name}, not ${found.recomputedGroups}`);
    check(report, found.missing + found.surplus === 0, `${name}: ${found.missing} missing, ${found.surplus} surplus`);
  }
}

/** The command that cron runs, in its own process. */
async function retrain(storageDir: string, report: SmokeReport): Promise<void> {
  await runRetrain(storageDir);
  const store = openModelStore(storageFolders(storageDir).models, tenant);
  const model = (await store.list()).find((candidate) => candidate.isCurrent);
  report.modelVersion = model?.manifest.modelVersion ?? null;
  report.metrics = model?.manifest.metrics ?? null;
  check(report, report.modelVersion !== null, "the training published no model");
  check(report, report.metrics !== null, "the model was not evaluated");
}

async function recommendMostViewed(url: string, lake: OutsideLake, report: SmokeReport): Promise<void> {
  await until(swapDeadlineMs, 50, async () => {
    const answer = await askForRecommendations(url, { visitorId: "smoke" });
    return answer.modelVersion === report.modelVersion;
  });
  const viewed = await lake.query<{ item_id: string }>(`
    select item_id from item_windows where event_name = 'view_item'
    group by item_id order by sum(events) desc, item_id limit 5`);
  for (const { item_id: itemId } of viewed) {
    const { items, modelVersion } = await askForRecommendations(url, { visitorId: "smoke", itemId, limit: "6" });
    const excluded = items[0]?.itemId ?? "";
    const query = { visitorId: "smoke", itemId, limit: "6", exclude: excluded };
    const without = await askForRecommendations(url, query);
    report.sample.push({ itemId, recommended: without.items.map((item) => ({ ...item })) });
    check(
      report,
      modelVersion === report.modelVersion,
      `${modelVersion} is served, ${report.modelVersion} was trained`,
    );
    check(report, without.items.length > 0, `nothing is recommended next to ${itemId}`);
    const forbidden = without.items.filter((item) => item.itemId === excluded || item.itemId === itemId);
    check(report, forbidden.length === 0, `excluded items were recommended next to ${itemId}`);
  }
  check(report, report.sample.length > 0, "no item was viewed");
}

async function openPages({ url, operatorUrl }: Standalone, report: SmokeReport): Promise<void> {
  const addresses = [...pages.map((page) => url + page), ...operatorPages.map((page) => operatorUrl + page)];
  for (const address of addresses) {
    const { status } = await fetch(address);
    check(report, status === 200, `${address} answered ${status}`);
  }
}

function check(report: SmokeReport, holds: boolean, problem: string): void {
  if (!holds) report.problems.push(problem);
}

/** Looks until the condition holds or the deadline has passed; what is then wrong shows in the sums that follow. */
async function until(deadlineMs: number, intervalMs: number, holds: () => Promise<boolean>): Promise<void> {
  const startMs = performance.now();
  while (!(await holds()) && performance.now() - startMs < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
