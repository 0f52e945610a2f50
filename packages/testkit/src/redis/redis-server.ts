import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { AppError } from "@footfall/base";
import { freePort } from "../free-ports.ts";
import { waitFor } from "../wait-for.ts";

/** A Redis on the loopback. */
export interface RedisServer {
  readonly url: string;
  /** As by kill -9; what is not on disk is lost. */
  kill(): Promise<void>;
  /** Again on the same port, with what is on disk. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const startMaxMs = 30_000;

/**
 * Starts a Redis that writes each change to disk before it answers.
 * @param folder  for its data
 * @throws AppError SERVER_UNAVAILABLE  it does not start
 */
export async function startRedis(folder: string): Promise<RedisServer> {
  const port = await freePort();
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    const settings = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder];
    server = spawn("redis-server", [...settings, "--appendonly", "yes", "--appendfsync", "always"], {
      stdio: "ignore",
    });
    let failure: unknown;
    server.once("error", (error) => (failure = error));
    const isReady = async (): Promise<boolean> => failure !== undefined || hasEnded(server) || (await answers(port));
    await waitFor(isReady, { deadlineMs: startMaxMs, intervalMs: 20, what: "Redis to answer" });
    if (failure === undefined && !hasEnded(server)) return;
    throw new AppError("SERVER_UNAVAILABLE", "redis-server did not start.", { cause: failure });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded(server)) return;
    const gone = once(server, "exit");
    server.kill(signal);
    await gone;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Whether it serves by now: while it loads its data it only says so. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write("PING\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString().startsWith("+PONG");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
