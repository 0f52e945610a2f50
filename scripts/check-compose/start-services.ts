import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { appOf, buildFolder, type ComposeFault, type ComposeFile, type Service } from "./compose-file.ts";
import { readDockerfile } from "./dockerfile.ts";
import { interpolated } from "./setting-faults.ts";

/** A machine that is busy with other things is no fault of the file. */
const startDeadlineMs = 120_000;
const outputLinesMax = 40;

/** A port that nothing listens at: there is neither a broker nor a database. */
const nobody = "127.0.0.1:1";

/** What the file leaves to its user: a database that is not there, which the capture goes on asking for. */
const usersValues = {
  FOOTFALL_CDC_URL: `postgresql://user:password@${nobody}/shop`,
  FOOTFALL_CDC_TABLES: "public.products",
};

/**
 * Starts each service of this project's image as its container would, several at a time, until it listens or waits for
 * its broker, and ends it again. Storage, ports and the broker's address are others than in the container.
 */
export async function startFaults(file: ComposeFile): Promise<ComposeFault[]> {
  const waiting = Object.entries(file.services).filter(([, { build, command }]) => build !== undefined && command);
  const faults: ComposeFault[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [service, definition] = next;
      const message = await startOnce(file, definition);
      if (message !== undefined) faults.push({ rule: "start-fails", service, message });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
  return faults;
}

/** @returns why it did not start */
async function startOnce(file: ComposeFile, service: Service): Promise<string | undefined> {
  const folder = buildFolder(file, service)!;
  const [program, ...args] = service.command!;
  if (program !== "node") return `${program} is not run here`;
  const storageDir = await mkdtemp(join(tmpdir(), "footfall-compose-"));
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"], ...environmentOf(folder, service), FOOTFALL_STORAGE_DIR: storageDir },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close") as Promise<[number | null, string | null]>;
  const output: string[] = [];
  try {
    return await new Promise<string | undefined>((resolve) => {
      const fail = (what: string): void => resolve(`${what}:\n    ${output.join("\n    ")}`);
      const timer = setTimeout(() => fail("does not start in time"), startDeadlineMs);
      child.once("close", (code) => (clearTimeout(timer), fail(`ends with code ${code}`)));
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on("line", (line) => {
          output.push(line.slice(0, 400));
          if (output.length > outputLinesMax) output.shift();
          if (!isStarted(line)) return;
          clearTimeout(timer);
          void livenessFault(line).then(resolve);
        });
      }
    });
  } finally {
    child.kill("SIGTERM");
    const deadline = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(deadline);
    await rm(storageDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Its settings were read: it serves, waits for the time of its work, or asks for its broker again and again. */
function isStarted(line: string): boolean {
  return /"msg":"(listening|waiting)"|"kind":"retry"/.test(line);
}

/** What the container's health check asks. */
async function livenessFault(line: string): Promise<string | undefined> {
  const { url } = JSON.parse(line) as { readonly url?: string };
  if (url === undefined) return undefined;
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(30_000) }).catch((error: Error) => error);
  if (response instanceof Error) return `does not answer /livez: ${response.message}`;
  return response.ok ? undefined : `answers ${response.status} to /livez`;
}

function environmentOf(folder: string, service: Service): Record<string, string> {
  const given = Object.entries(service.environment ?? {});
  const environment: Record<string, string> = {
    ...readDockerfile(folder).environment,
    ...Object.fromEntries(given.map(([name, value]) => [name, interpolated(String(value), usersValues)])),
  };
  for (const name of ["FOOTFALL_HOST", "FOOTFALL_OPERATOR_HOST"]) {
    if (environment[name] === "0.0.0.0") environment[name] = "127.0.0.1";
  }
  if (environment["FOOTFALL_KAFKA_BROKERS"]) environment["FOOTFALL_KAFKA_BROKERS"] = nobody;
  const app = appOf(service)?.toUpperCase();
  return app === undefined
    ? environment
    : { ...environment, [`FOOTFALL_${app}_PORT`]: "0", [`FOOTFALL_${app}_OPERATOR_PORT`]: "0" };
}
