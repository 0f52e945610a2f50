import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/**
 * Below those that a system gives to connections and to listeners that ask for any (32768 and up on Linux, 49152 and up
 * elsewhere): such a port would be taken at any moment, before its server listens or while it is down.
 */
const range = { from: 20_000, to: 32_768 };

/** Ports of the loopback that nobody listens at. Held all at once until each is known, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(range.from, range.to);
    if (held.has(port)) continue;
    const server = await listen(port).catch(unlessTaken);
    if (server) held.set(port, server);
  }
  await Promise.all([...held.values()].map(closed));
  return [...held.keys()];
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

export async function areFree(ports: readonly number[]): Promise<boolean> {
  const opened = await Promise.allSettled(ports.map(listen));
  const servers = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  await Promise.all(servers.map(closed));
  return servers.length === opened.length;
}

function unlessTaken(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "EADDRINUSE") throw error;
}

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", listening);
  });
  return server;
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}
