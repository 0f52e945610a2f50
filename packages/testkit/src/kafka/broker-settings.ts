import { isLog4j1 } from "./kafka-jars.ts";

/** Where a broker of a cluster listens, on the loopback. */
export interface BrokerPorts {
  readonly nodeId: number;
  readonly port: number;
  readonly controllerPort: number;
}

export type ExtraSettings = (broker: BrokerPorts) => Readonly<Record<string, string | number>>;

/**
 * `server.properties` of one broker that is a controller, too. Three brokers hold every record three times and take
 * it when two have it, so that one of them may die; their time-outs are short, so that its death is noticed in seconds.
 */
export function serverProperties(
  broker: BrokerPorts,
  all: readonly BrokerPorts[],
  dataFolder: string,
  extra: ExtraSettings = () => ({}),
): string {
  const copies = Math.min(3, all.length);
  const copiesMin = Math.min(2, copies);
  const voters = all.map(({ nodeId, controllerPort }) => `${nodeId}@127.0.0.1:${controllerPort}`);
  const settings: Record<string, string | number> = {
    "process.roles": "broker,controller",
    "node.id": broker.nodeId,
    "controller.quorum.voters": voters.join(","),
    listeners: `PLAINTEXT://127.0.0.1:${broker.port},CONTROLLER://127.0.0.1:${broker.controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${broker.port}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "log.dirs": dataFolder,
    "num.partitions": 4,
    "auto.create.topics.enable": "false",
    "default.replication.factor": copies,
    "min.insync.replicas": copiesMin,
    "unclean.leader.election.enable": "false",
    "offsets.topic.replication.factor": copies,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": copiesMin,
    "transaction.state.log.num.partitions": 4,
    "group.initial.rebalance.delay.ms": 0,
    // The default takes 128 MB of a heap of 256.
    "log.cleaner.dedupe.buffer.size": 16_777_216,
    "num.network.threads": 2,
    "num.io.threads": 4,
  };
  if (all.length > 1) {
    settings["broker.session.timeout.ms"] = 3000;
    settings["broker.heartbeat.interval.ms"] = 500;
    settings["replica.lag.time.max.ms"] = 5000;
  }
  return Object.entries({ ...settings, ...extra(broker) })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** What the broker logs, and the flag that names the file. */
export function logSettings(version: string): { readonly flag: string; readonly text: string } {
  const pattern = "[%d] %p %m (%c)%n";
  if (isLog4j1(version)) {
    return {
      flag: "log4j.configuration",
      text: `log4j.rootLogger=WARN, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=${pattern}
log4j.logger.kafka.server=INFO
`,
    };
  }
  return {
    flag: "log4j2.configurationFile",
    text: `status=error
appender.console.type=Console
appender.console.name=STDOUT
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=${pattern}
rootLogger.level=WARN
rootLogger.appenderRef.stdout.ref=STDOUT
logger.server.name=kafka.server
logger.server.level=INFO
`,
  };
}
