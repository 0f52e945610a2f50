import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serviceLogFile } from "../own-log-file.ts";
import type { DemoServerOptions } from "../start-demo.ts";
import { CollectorProcess } from "./collector-process.ts";
import { startNoticeSink } from "./notice-sink.ts";

/** What `--fault` adds to the demo: a collector of its own that can fail, rules that see it, and somebody to tell. */
export interface Fault {
  readonly collector: CollectorProcess;
  readonly settings: Pick<DemoServerOptions, "watched" | "alertFiles">;
  end(): Promise<void>;
}

const scrapeSeconds = 5;

/** @throws AppError SERVER_UNAVAILABLE when the collector does not start */
export async function openFault(data: string, kafkaBrokers: string, say: (line: string) => void): Promise<Fault> {
  const sink = await startNoticeSink(say);
  try {
    const folder = join(data, "fault");
    await mkdir(folder, { recursive: true });
    const noticesFile = join(folder, "notices.yml");
    const route = { receiver: "demo", group_by: ["alertname"], group_wait: "1s", group_interval: "5s" };
    await writeFile(noticesFile, JSON.stringify({ route, receivers: [{ name: "demo", webhook_url: sink.url }] }));
    const logFile = serviceLogFile(data, "collector");
    const collector = await CollectorProcess.start({ storageDir: folder, kafkaBrokers, logFile });
    const rulesFile = fileURLToPath(new URL("rules.yml", import.meta.url));
    const url = `${collector.operatorUrl}/metrics`;
    return {
      collector,
      settings: {
        watched: { job: "collector", url, intervalSeconds: scrapeSeconds },
        alertFiles: { rulesFile, noticesFile },
      },
      async end() {
        await collector.end();
        sink.close();
      },
    };
  } catch (error) {
    sink.close();
    throw error;
  }
}
