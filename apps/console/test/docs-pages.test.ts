import { readFileSync } from "node:fs";
import { createLogger, createMetricsRegistry, type RunningServer, startServer } from "@footfall/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parse } from "yaml";
import { docsPages } from "../src/docs-pages.ts";

let server: RunningServer;
beforeEach(async () => {
  const operatorRouter = await docsPages(() => [{ label: "Shop", href: "/shop" }]);
  const service = { name: "console", operatorRouter, health: () => [], stop: async () => {} };
  const logger = createLogger({ name: "test", level: "silent" });
  const registry = createMetricsRegistry();
  server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
});
afterEach(() => server.close());

const ask = (path: string) => fetch(new URL(path, server.operatorUrl));

it("shows a page of the runbook with the console's navigation, under its policy", async () => {
  const response = await ask("/docs/runbook/README.md");
  expect(response.headers.get("content-type")).toContain("text/html");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  const html = await response.text();
  expect(html).toContain("<h1>Runbook</h1>");
  expect(html).toContain("<table>");
  expect(html).toContain('<a href="/alerts">Alerts</a>');
  // What stands in angle brackets is a placeholder, not a tag.
  expect(html).not.toMatch(/<(?:script|version|topic)\b/);
});

it("has the page that each shipped rule names", async () => {
  const file = parse(readFileSync(new URL("../../../deploy/alerts.yml", import.meta.url), "utf8")) as {
    groups: { rules: { annotations: { runbook_url: string } }[] }[];
  };
  const places = file.groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.runbook_url));
  expect(places.length).toBeGreaterThan(10);
  for (const place of new Set(places)) expect((await ask(`/${place}`)).status, place).toBe(200);
});

it("leads from page to page of the docs", async () => {
  const seen = new Set(["/docs/runbook/README.md"]);
  for (const path of seen) {
    const response = await ask(path);
    expect(response.status, path).toBe(200);
    for (const [, href] of (await response.text()).matchAll(/href="([^":]+\.md)(?:#[^"]*)?"/g)) {
      const { pathname } = new URL(href!, new URL(path, server.operatorUrl));
      if (pathname.startsWith("/docs/")) seen.add(pathname);
    }
  }
  expect(seen.size).toBeGreaterThan(8);
});

it.each([
  "/docs/../package.json",
  "/docs/runbook/..%2f..%2fpackage.json",
  "/docs/runbook",
  "/docs/none.md",
  "/README.md",
])("shows nothing else at %s", async (path) => {
  expect((await ask(path)).status).toBe(404);
});
