// A Kafka for development and tests, without containers: jars from Maven Central, data below `.kafka`.
import { join } from "node:path";
import { bootstrapServers, kafkaVersions, startKafka, stopKafka, wipeKafka } from "@footfall/testkit/kafka";
import { Command, Option } from "commander";
import { runProgram } from "./run-program.ts";

interface UpOptions {
  readonly brokers: string;
  readonly kafkaVersion: string;
  readonly newPorts: boolean;
}

const root = ".kafka";
const folder = join(root, "cluster");
const program = new Command("kafka").description(
  "A Kafka for development: brokers on the loopback, on free ports that they keep.",
);

program
  .command("up")
  .description("starts the brokers, unless they run, and prints their addresses")
  .addOption(new Option("--brokers <count>", "how many").choices(["1", "3"]).default("1"))
  .option("--kafka-version <version>", `release; tried: ${kafkaVersions.join(", ")}`, kafkaVersions[0])
  .option("--new-ports", "takes others where the ports that the brokers had are taken", false)
  .action(async ({ brokers, kafkaVersion: version, newPorts: mayMove }: UpOptions) => {
    console.error(`Kafka ${version} …`);
    const cluster = await startKafka({ jarsFolder: root, folder, version, brokers: Number(brokers), mayMove });
    console.log(bootstrapServers(cluster).join(","));
  });

program
  .command("down")
  .description("stops the brokers; their data stays, unless it is wiped")
  .option("--wipe", "removes the data, too", false)
  .action(async ({ wipe }: { wipe: boolean }) => {
    const stopped = await stopKafka(folder);
    if (wipe) await wipeKafka(folder);
    console.log(`${stopped} broker(s) stopped${wipe ? ", data removed" : ""}`);
  });

await runProgram(program);
