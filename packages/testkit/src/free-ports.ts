import { type AddressInfo, createServer, type Server } from "node:net";

/** Ports of the loopback that nobody listens at. Held all at once until each is known, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(closed));
  return ports;
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

export async function areFree(ports: readonly number[]): Promise<boolean> {
  const opened = await Promise.allSettled(ports.map((port) => listen(port)));
  const servers = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  await Promise.all(servers.map(closed));
  return servers.length === opened.length;
}

/** @param port  0 for any that is free */
async function listen(port = 0): Promise<Server> {
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
