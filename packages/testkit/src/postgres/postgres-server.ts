import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { chown, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { AppError } from "@footfall/base";
import { freePort } from "../free-ports.ts";
import { waitFor } from "../wait-for.ts";
import { findPostgres } from "./find-postgres.ts";

const run = promisify(execFile);
const startMaxMs = 60_000;
const stopMaxMs = 30_000;

/** A PostgreSQL on the loopback, with `wal_level=logical` and no password. */
export interface PostgresServer {
  readonly port: number;
  /** `postgresql://postgres@127.0.0.1:<port>/<database>`, also after a restart. */
  url(database?: string): string;
  /** Ends it, as an operator does, and starts it again over its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Holds data and log. It must lie where every user may look: below the system's temporary folder it does. */
  readonly folder: string;
  /** Of the server, beside those that tests need. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** @throws AppError TOOL_MISSING  it is not installed; SERVER_UNAVAILABLE  it does not start */
export async function startPostgres({ folder, settings = {} }: PostgresOptions): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new AppError("TOOL_MISSING", "No PostgreSQL here: install its server's package.");
  const owner = ownerOfServer();
  await mkdir(folder, { recursive: true });
  if (owner) await chown(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const initialise = ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "--locale", "C"];
  await run(join(programs, "initdb"), initialise, { cwd: "/", ...owner });
  const port = await freePort();
  const all = {
    port: `${port}`,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    wal_level: "logical",
    fsync: "off",
    ...settings,
  };
  const flags = ["-D", data, ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const logFile = join(folder, "server.log");
  const start = async (): Promise<ChildProcess> => {
    const log = openSync(logFile, "a");
    const server = spawn(join(programs, "postgres"), flags, { cwd: "/", stdio: ["ignore", log, log], ...owner });
    closeSync(log);
    await untilReady(server, data, logFile);
    return server;
  };
  let server = await start();
  const stop = async (): Promise<void> => {
    if (hasEnded(server)) return;
    const gone = once(server, "exit");
    // A fast shutdown: it ends sessions, and lets replication get what was committed.
    server.kill("SIGINT");
    const late = setTimeout(() => server.kill("SIGQUIT"), stopMaxMs);
    await gone;
    clearTimeout(late);
  };
  return {
    port,
    url: (database = "postgres") => `postgresql://postgres@127.0.0.1:${port}/${database}`,
    stop,
    async restart() {
      await stop();
      server = await start();
    },
  };
}

/** PostgreSQL refuses to run as root; Debian's package has a user for it. */
function ownerOfServer(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function untilReady(server: ChildProcess, data: string, logFile: string): Promise<void> {
  // The last line of this file says so.
  const isReady = async (): Promise<boolean> =>
    hasEnded(server) || /^ready\s*$/m.test(await readFile(join(data, "postmaster.pid"), "utf8"));
  await waitFor(isReady, { deadlineMs: startMaxMs, intervalMs: 20, what: "PostgreSQL to start" }).catch(() =>
    server.kill("SIGQUIT"),
  );
  if (!server.killed && !hasEnded(server)) return;
  const tail = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-5).join("\n");
  throw new AppError("SERVER_UNAVAILABLE", `PostgreSQL did not start. Its log ends with:\n${tail}`);
}
