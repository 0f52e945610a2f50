// A migration from end to end: the old order service and its rewrite side by side, compared, mended, switched over.
import { resolve } from "node:path";
import { seededRandom, systemClock } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import { type OrderFault, orderFaults } from "@footfall/storefront";
import { Command, InvalidArgumentError } from "commander";
import { openLog } from "./open-log.ts";
import { buy } from "./orders-demo/buy.ts";
import { compareOrders } from "./orders-demo/compare-orders.ts";
import { newTopic, oldTopic, type OrderShop, startOrderShop } from "./orders-demo/order-shop.ts";
import { runProgram } from "./run-program.ts";
import { storageOption } from "./storage-option.ts";

interface Options {
  readonly orders: number;
  readonly faults: ReadonlySet<OrderFault>;
  readonly mismatches: string;
  readonly seed: number;
  readonly storage: string;
  readonly json: boolean;
}

const program = new Command("orders-demo")
  .description(
    `Sells in the demo shop through the old order service (topic ${oldTopic}) and tells its rewrite (${newTopic}) the ` +
      "same; compares both; mends the rewrite; compares again; switches over. Exit code: 0 where all went so.",
  )
  .option("--orders <n>", "orders in each comparison", orderCount, 400)
  .option(
    "--faults <list>",
    `what the rewrite does wrong at first: ${orderFaults.join(",")}`,
    faultsOf,
    new Set(orderFaults),
  )
  .option("--mismatches <topic>", "where what differs is written", `${oldTopic}.mismatches`)
  .option("--seed <n>", "another one, other purchases", Number, 1)
  .option("--json", "the account as one JSON object", false)
  .addOption(storageOption())
  .action(run);

await runProgram(program);

async function run(options: Options): Promise<void> {
  const log = await openLog(options.storage);
  try {
    const shop = await startOrderShop(log);
    try {
      await migrate(options, log, shop);
    } finally {
      await shop.close();
    }
  } finally {
    await log.close();
  }
}

async function migrate(options: Options, log: EventLog, shop: OrderShop): Promise<void> {
  const { orders, faults, mismatches, json } = options;
  const random = seededRandom(options.seed);
  const say = (text: string): void => (json ? undefined : console.log(text));
  const sell = async (faultsNow: ReadonlySet<OrderFault>) => {
    const rewrite = await shop.startRewrite(faultsNow);
    shop.router.route = { serving: shop.old.url, shadow: rewrite.url };
    const fromMs = systemClock();
    await buy(shop.shop.url, orders, random);
    await shop.router.settled();
    const storage = resolve(options.storage);
    const common = { storage, fromMs, mismatches, pairsMin: Math.min(orders, 300) };
    return { rewrite, compared: await compareOrders({ ...common, ...(!json && { say }) }) };
  };

  say(
    `1  ${orders} orders through the old service; the rewrite is told the same (${[...faults].join(", ") || "no faults"}).\n`,
  );
  const first = await sell(faults);
  say(`2  The rewrite is mended; ${orders} orders more.\n`);
  const second = await sell(new Set());
  const isEqual = second.compared.exitCode === 0;
  const switched = isEqual ? await switchOver(options, log, shop, second.rewrite.url) : undefined;
  if (switched) {
    say(`3  Switched over: ${orders} orders, ${newTopic} has ${switched.new} more, ${oldTopic} ${switched.old} more.`);
    say(`   What differed before is in topic ${mismatches}.`);
  } else say("3  Not switched over: both still differ.");
  const firstExitCode = faults.size > 0 ? 1 : 0;
  const isRight = first.compared.exitCode === firstExitCode && switched?.new === orders && switched.old === 0;
  if (json) {
    const { shadowFailures } = shop.router;
    console.log(
      JSON.stringify({ isRight, orders, first: first.compared, second: second.compared, switched, shadowFailures }),
    );
  }
  process.exitCode = isRight ? 0 : 1;
}

/** The shop sells through the rewrite alone. @returns records that each topic has more */
async function switchOver({ orders, seed }: Options, log: EventLog, shop: OrderShop, url: string) {
  const count = async (topic: string) =>
    Number((await log.offsets(topic)).reduce((sum, { endOffset }) => sum + endOffset, 0n));
  const before = { old: await count(oldTopic), new: await count(newTopic) };
  shop.router.route = { serving: url };
  await buy(shop.shop.url, orders, seededRandom(seed + 1));
  return { old: (await count(oldTopic)) - before.old, new: (await count(newTopic)) - before.new };
}

function faultsOf(text: string): ReadonlySet<OrderFault> {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  const unknown = names.find((name) => !orderFaults.includes(name as OrderFault));
  if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is none of ${orderFaults.join(", ")}.`);
  return new Set(names as OrderFault[]);
}

function orderCount(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new InvalidArgumentError("Not a whole number from 1 to 99999.");
}
