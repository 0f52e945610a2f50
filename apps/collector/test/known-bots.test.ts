import { type EventEnvelope, topics } from "@footfall/events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KnownBots } from "../src/known-bots.ts";
import { clickEvent, pageOrigin, type RunningCollector, startCollector } from "./running-collector.ts";
import { botAgents, libraryAgents, visitorAgents } from "./user-agents.ts";

const page = { origins: [pageOrigin] };
const server = { origins: [] };
const agents = (list: Readonly<Record<string, string>>) => Object.entries(list);

describe("KnownBots", () => {
  it.each(agents(botAgents))("%s is one on a page, whether its request names the origin or not", (_name, agent) => {
    const bots = new KnownBots();
    expect(bots.isSender({ "user-agent": agent, origin: pageOrigin }, page)).toBe(true);
    expect(bots.isSender({ "user-agent": agent }, page)).toBe(true);
    expect(bots.isSender({ "user-agent": agent }, server)).toBe(false);
  });

  it.each(agents(libraryAgents))("%s is one only in a page", (_name, agent) => {
    const bots = new KnownBots();
    expect(bots.isSender({ "user-agent": agent }, server)).toBe(false);
    expect(bots.isSender({ "user-agent": agent }, page)).toBe(false);
    expect(bots.isSender({ "user-agent": agent, origin: pageOrigin }, page)).toBe(true);
  });

  it.each(agents(visitorAgents))("%s is none", (_name, agent) => {
    expect(new KnownBots().isSender({ "user-agent": agent, origin: pageOrigin }, page)).toBe(false);
  });

  it.each([{}, { "user-agent": "" }])("no user agent says nothing: %j", (headers) => {
    expect(new KnownBots().isSender({ ...headers, origin: pageOrigin }, page)).toBe(false);
  });

  it("says the same of thousands of user agents in turn, and the second time too", () => {
    const bots = new KnownBots();
    const isBot = (agent: string) => bots.isSender({ "user-agent": agent, origin: pageOrigin }, page);
    const { Googlebot: bot } = botAgents;
    const { "Chrome on Windows": visitor } = visitorAgents;
    for (const round of [0, 0, 1]) {
      for (let version = 0; version < 6_000; version++) {
        if (!isBot(`${bot} ${round}.${version}`) || isBot(`${visitor} OPR/${round}.${version}`)) {
          expect.fail(`version ${round}.${version} is mistaken`);
        }
      }
    }
  });

  it("looks at the beginning of a header of 100 KB", () => {
    const isBot = (agent: string) => new KnownBots().isSender({ "user-agent": agent, origin: pageOrigin }, page);
    expect(isBot(`${botAgents["Googlebot"]} ${"x ".repeat(50_000)}`)).toBe(true);
    expect(isBot(`${visitorAgents["Chrome on Windows"]} ${"x ".repeat(50_000)}`)).toBe(false);
  });
});

describe("events of well-known bots", () => {
  let collector: RunningCollector;
  beforeEach(async () => {
    collector = await startCollector();
  });
  afterEach(() => collector.close());

  const post = (key: string, agent: string, ...events: object[]) =>
    collector.post(JSON.stringify({ key, events }), { "User-Agent": agent });
  const marks = () => (collector.log.values(topics.clicks) as EventEnvelope[]).map(({ isBot }) => isBot);

  it("are accepted and marked, parsed or scanned, and counted once", async () => {
    const { Googlebot: bot } = botAgents;
    const { "Chrome on Windows": visitor } = visitorAgents;
    const event = clickEvent();
    const first = await post("page", bot, event);
    expect(first.receipts).toEqual([{ eventId: event.eventId, status: "accepted" }]);
    // Of a form that is known by now, so that they are not parsed.
    await post("page", bot, clickEvent(), clickEvent());
    await post("page", visitor, clickEvent());
    await post("page", bot, event);
    expect(marks()).toEqual([true, true, true, undefined]);
    expect(await collector.registry.metrics()).toMatch(/^footfall_collector_bot_events_total 3$/m);
  });

  it("are told by the request alone: a client's own mark is an unknown field", async () => {
    const { "Chrome on Windows": visitor } = visitorAgents;
    await post("page", visitor, clickEvent());
    for (const isBot of [true, false, true]) await post("page", visitor, clickEvent({ isBot }));
    expect(marks()).toEqual([undefined, undefined, undefined, undefined]);
    expect(await collector.registry.metrics()).toMatch(/mended_fields_total\{part="event",how="ignored"\} 3$/m);
  });
});
