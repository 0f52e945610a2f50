import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A loopback proxy that breaks connections in the ways networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Connections taken since the start. */
  readonly connections: number;
  /** Where new connections go. */
  target(port: number): void;
  /** Forwards nothing, also of new connections, and closes nothing. What came meanwhile is forwarded by `resume`. */
  pause(): void;
  /** As `pause`, but requests still get through; only their answers do not. */
  pauseAnswers(): void;
  resume(): void;
  /** The connections there are stay open and forward nothing for ever; new ones work. */
  stall(): void;
  /** Closes the connections there are, in the middle of whatever they carry; new ones work. */
  cut(): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isStalled: boolean;
}

/** Listens on a free port and forwards to `targetPort`, both on the loopback. */
export async function startTcpProxy(targetPort = 0): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let port = targetPort;
  let connections = 0;
  let holds = { requests: false, answers: false };

  const apply = (pair: Pair): void => {
    hold(pair.client, pair.isStalled || holds.requests);
    hold(pair.server, pair.isStalled || holds.answers);
  };
  const holdAll = (next: typeof holds): void => {
    holds = next;
    for (const pair of pairs) apply(pair);
  };
  const end = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  };

  const listener = createServer((client) => {
    connections++;
    const pair: Pair = { client, server: connect(port, "127.0.0.1"), isStalled: false };
    pairs.add(pair);
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => end(pair));
      from.on("close", () => end(pair));
    }
    apply(pair);
  });
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));

  return {
    port: (listener.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    target: (next) => void (port = next),
    pause: () => holdAll({ requests: true, answers: true }),
    pauseAnswers: () => holdAll({ requests: false, answers: true }),
    resume: () => holdAll({ requests: false, answers: false }),
    stall: () => {
      for (const pair of pairs) {
        pair.isStalled = true;
        apply(pair);
      }
    },
    cut: () => {
      for (const pair of pairs) end(pair);
    },
    close: async () => {
      const closed = new Promise((done) => listener.close(done));
      for (const pair of pairs) end(pair);
      await closed;
    },
  };
}

function hold(socket: Socket, isHeld: boolean): void {
  if (isHeld) socket.pause();
  else socket.resume();
}
