// A Kafka for development and tests, without containers: jars from Maven Central, data below `.kafka`.
import { join } from "node:path";
import { AppError } from "@footfall/base";
import { bootstrapServers, kafkaVersions, startKafka, stopKafka, wipeKafka } from "@footfall/testkit/kafka";
import { Command, Option } from "commander";

const root = ".kafka";
const folder = join(root, "cluster");
const program = new Command("kafka").description("A Kafka for development: brokers on the loopback, on free ports.");

program
  .command("up")
  .description("starts the brokers, unless they run, and prints their addresses")
  .addOption(new Option("--brokers <count>", "how many").choices(["1", "3"]).default("1"))
  .option("--kafka-version <version>", `release; tried: ${kafkaVersions.join(", ")}`, kafkaVersions[0])
  .action((options: { brokers: string; kafkaVersion: string }) =>
    report(async () => {
      const { brokers, kafkaVersion: version } = options;
      console.error(`Kafka ${version} …`);
      const cluster = await startKafka({ jarsFolder: root, folder, version, brokers: Number(brokers) });
      console.log(bootstrapServers(cluster).join(","));
    }),
  );

program
  .command("down")
  .description("stops the brokers; their data stays, unless it is wiped")
  .option("--wipe", "removes the data, too", false)
  .action(({ wipe }: { wipe: boolean }) =>
    report(async () => {
      const stopped = await stopKafka(folder);
      if (wipe) await wipeKafka(folder);
      console.log(`${stopped} broker(s) stopped${wipe ? ", data removed" : ""}`);
    }),
  );

await program.parseAsync();

async function report(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}
