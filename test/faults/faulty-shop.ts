import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openOutsideLake, type OutsideLake } from "../../scripts/outside-lake.ts";
import { Silence } from "./silence.ts";

/** What a fault is measured by, however the shop's processes are cut. */
export interface FaultyShop {
  readonly collectorUrl: string;
  /** Of a second shop, if it has one. */
  readonly liveKey?: string;
  readonly lake: OutsideLake;
  /** Commits of table `events` so far. */
  commits(): Promise<number>;
  /** Begins to measure the longest time without a commit and without a recommendation. */
  watch(): ShopWatch;
}

export interface ShopWatch {
  readonly longestMs: { commits: number; recommendations: number };
  stop(): Promise<void>;
}

const watchEveryMs = 50;

export async function openFaultyShop(
  tablesFolder: string,
  urls: { readonly collector: string; readonly recommender: string },
): Promise<FaultyShop> {
  const commits = async (): Promise<number> =>
    (await readdir(join(tablesFolder, "events", "_delta_log")).catch(() => [])).length;
  return {
    collectorUrl: urls.collector,
    lake: await openOutsideLake(tablesFolder),
    commits,
    watch: () => watchShop(commits, urls.recommender),
  };
}

function watchShop(commits: () => Promise<number>, recommenderUrl: string): ShopWatch {
  const longestMs = { commits: 0, recommendations: 0 };
  const commitSilence = new Silence((ms) => (longestMs.commits = ms));
  const answerSilence = new Silence((ms) => (longestMs.recommendations = ms));
  let isOpen = true;
  const poll = async (look: () => Promise<void>): Promise<void> => {
    while (isOpen) {
      await look().catch(() => {}); // silence is what is measured
      await new Promise((resolve) => setTimeout(resolve, watchEveryMs));
    }
  };
  let before = -1;
  const polls = [
    poll(async () => {
      const now = await commits();
      if (now !== before) commitSilence.broken();
      before = now;
    }),
    poll(async () => {
      const signal = AbortSignal.timeout(1000);
      const response = await fetch(`${recommenderUrl}/recommendations?key=demo&visitorId=v-1&limit=5`, { signal });
      if (response.status === 200) answerSilence.broken();
    }),
  ];
  return {
    longestMs,
    async stop() {
      isOpen = false;
      await Promise.all(polls);
    },
  };
}
