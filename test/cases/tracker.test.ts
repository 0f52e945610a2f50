import { seededRandom, systemClock } from "@footfall/base";
import { assembleTracker, memoryStore, type TransportAnswer } from "@footfall/tracker/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningCollector, startCollector } from "../../apps/collector/test/running-collector.ts";
import { eventsUrl, readAnswer } from "../../packages/tracker/src/collector-api.ts";
import { servePageCalls, type Settings } from "../../packages/tracker/src/page-calls.ts";
import { showCase } from "./cases-report.ts";

let running: RunningCollector;
beforeEach(async () => {
  running = await startCollector();
});
afterEach(() => running.close());

/** The tracker of one page, with the collector that it believes in. Retries wait for the next `flush`. */
function openPage({
  endpoint,
  key = "open",
  store = memoryStore(),
}: {
  endpoint: string;
  key?: string;
  store?: ReturnType<typeof memoryStore>;
}) {
  const refusals: TransportAnswer[] = [];
  const statuses: string[] = [];
  const tracker = assembleTracker(
    { key, consent: "granted" },
    {
      store,
      visitorStore: store,
      locks: { hold: () => () => {}, ifDead: (_tabId, takeOver) => takeOver() },
      transport: async (body) => {
        const response = await fetch(eventsUrl(endpoint), { method: "POST", body });
        return { ...readAnswer(await response.text()), status: response.status };
      },
      clock: systemClock,
      random: seededRandom(1),
      schedule: () => () => {},
      onRefused: (answer) => refusals.push(answer),
      onReceipts: (receipts) => statuses.push(...receipts.map(({ status }) => status)),
    },
  );
  return { tracker, store, refusals, statuses };
}

describe("in the page", () => {
  it("finds the collector at an endpoint with a slash, or with the events' address", async () => {
    for (const path of ["/", "//", "/v1/events", "/v1/events/"]) {
      const { tracker, statuses } = openPage({ endpoint: running.server.url + path });
      tracker.track("page_view");
      await tracker.flush();
      expect(statuses).toEqual(["accepted"]);
    }
    await showCase("endpoint https://c/, https://c/v1/events/", "normalised, the events arrive");
  });

  it("keeps the queue at an endpoint with a wrong prefix, and says so", async () => {
    const page = openPage({ endpoint: `${running.server.url}/collect` });
    page.tracker.track("page_view");
    await page.tracker.flush();
    expect(page.refusals).toMatchObject([{ status: 404, code: "REQUEST_NOT_FOUND" }]);
    const mended = openPage({ endpoint: running.server.url, store: page.store });
    await mended.tracker.flush();
    expect(mended.statuses).toEqual(["accepted"]);
    await showCase("endpoint with a wrong prefix (404)", "queue kept and sent once it is mended, one console line");
  });

  it("keeps the queue while the key is not set up yet", async () => {
    const page = openPage({ endpoint: running.server.url, key: "not-yet" });
    page.tracker.track("page_view");
    await page.tracker.flush();
    expect(page.refusals).toMatchObject([{ status: 401, code: "EVENT_KEY_INVALID" }]);
    expect(page.refusals[0]?.detail).toContain("write key");
    expect(page.store.keys().filter((name) => name.startsWith("footfall.q."))).toHaveLength(1);
    await showCase("a key that the collector does not know yet (401)", "queue kept, asked again ever more seldom");
  });

  it("takes its settings from a global where a tag manager strips the attributes", async () => {
    const keys: string[] = [];
    const start = ({ key, endpoint }: { key: string; endpoint: string }) => {
      keys.push(key);
      return openPage({ endpoint, key }).tracker;
    };
    const lines: string[] = [];
    const startPage = (global?: Settings) =>
      servePageCalls({
        settings: [{}, global],
        earlier: [],
        start,
        warn: (line) => lines.push(line),
        onFault: () => {},
      });
    startPage({ key: "open", endpoint: running.server.url });
    const footfall = startPage();
    expect([keys, lines.length]).toEqual([["open"], 1]);
    footfall("config", { key: "late", endpoint: running.server.url });
    expect(keys).toEqual(["open", "late"]);
    await showCase(
      "script tag without data-key",
      "settings from footfallConfig or a config call; until then one console line",
    );
  });
});
