import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { AgentFile } from "../../apps/agent/src/agent-file.ts";
import { appOf, type ComposeFault, type ComposeFile, faultsOfServices } from "./compose-file.ts";
import { defaultPorts, type KnownSettings } from "./known-settings.ts";

interface PrometheusFile {
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[];
  }[];
}

/** Apps whose metrics Prometheus or the agent would not get. Standalone looks at itself. */
export function scrapeFaults(file: ComposeFile, projectFolder: string, known: KnownSettings): ComposeFault[] {
  const read = (path: string): unknown => parse(readFileSync(join(projectFolder, path), "utf8"));
  const { scrape_configs } = read("deploy/prometheus/prometheus.yml") as PrometheusFile;
  const byPrometheus = new Set(
    scrape_configs.flatMap(({ job_name, dns_sd_configs }) =>
      dns_sd_configs.flatMap(({ names, port }) => names.map((name) => `${job_name} ${name}:${port}`)),
    ),
  );
  const { scrape = [] } = read("deploy/agent.yml") as AgentFile;
  const byAgent = new Set(scrape.map(({ job, url }) => `${job} ${url}`));
  return faultsOfServices(file, ({ environment = {}, command = [] }, name) => {
    const app = appOf({ command });
    if (app === undefined || app === "standalone") return [];
    const { operatorPort } = defaultPorts(known, app);
    // The agent asks itself over the loopback.
    const host = app === "agent" ? "127.0.0.1" : name;
    const hostNames = String(environment["FOOTFALL_OPERATOR_HOST_NAMES"] ?? "").split(/ *, */);
    const required: readonly (readonly [boolean, string])[] = [
      [byPrometheus.has(`${app} ${name}:${operatorPort}`), `deploy/prometheus/prometheus.yml has no job ${app} of it`],
      [byAgent.has(`${app} http://${host}:${operatorPort}/metrics`), `deploy/agent.yml has no job ${app} of it`],
      [environment["FOOTFALL_OPERATOR_HOST"] === "0.0.0.0", "FOOTFALL_OPERATOR_HOST is not 0.0.0.0: nobody reaches it"],
      [hostNames.includes(name), "FOOTFALL_OPERATOR_HOST_NAMES lacks it: the agent, which asks by it, is refused"],
    ];
    return required.flatMap(([holds, message]) => (holds ? [] : [{ rule: "not-scraped" as const, message }]));
  });
}
