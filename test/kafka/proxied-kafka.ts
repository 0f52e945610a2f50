import { join } from "node:path";
import { freePort, startTcpProxy, type TcpProxy, temporaryFolder } from "@footfall/testkit";
import { bootstrapServers, type KafkaCluster, startKafka, stopKafka } from "@footfall/testkit/kafka";

/** One broker that can be reached directly and, under another address that it names itself, through a proxy. */
export interface ProxiedKafka {
  readonly proxy: TcpProxy;
  /** Through the proxy. */
  readonly brokers: readonly string[];
  /** Past the proxy. Changes with `restart`. */
  readonly directBrokers: () => readonly string[];
  /** Holds the broker still, as SIGSTOP does, until `resume`. */
  pause(): void;
  resume(): void;
  /** Kills the broker with what it has in memory. */
  kill(): void;
  /** Starts the killed broker again, with its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startProxiedKafka(
  settings: Readonly<Record<string, string | number>> = {},
): Promise<ProxiedKafka> {
  const temporary = await temporaryFolder();
  const folder = join(temporary.path, "cluster");
  const proxiedPort = await freePort();
  const proxy = await startTcpProxy(proxiedPort);
  const start = (): Promise<KafkaCluster> =>
    startKafka({
      jarsFolder: ".kafka",
      folder,
      version: "4.4.0",
      brokers: 1,
      settings: ({ port, controllerPort }) => ({
        listeners: `PLAINTEXT://127.0.0.1:${port},PROXIED://127.0.0.1:${proxiedPort},CONTROLLER://127.0.0.1:${controllerPort}`,
        "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},PROXIED://127.0.0.1:${proxy.port}`,
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT",
        // Tests are in a hurry.
        "group.min.session.timeout.ms": 1000,
        ...settings,
      }),
    });
  let cluster = await start();
  const signal = (name: NodeJS.Signals): void => void process.kill(cluster.brokers[0]!.pid, name);
  return {
    proxy,
    brokers: [`127.0.0.1:${proxy.port}`],
    directBrokers: () => bootstrapServers(cluster),
    pause: () => signal("SIGSTOP"),
    resume: () => signal("SIGCONT"),
    kill: () => signal("SIGKILL"),
    restart: async () => {
      await stopKafka(folder); // waits until the killed one is gone
      cluster = await start();
    },
    stop: async () => {
      await proxy.close();
      await stopKafka(folder);
      await temporary.remove();
    },
  };
}
