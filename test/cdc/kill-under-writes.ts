import { seededRandom } from "@footfall/base";
import type { Row } from "@footfall/changes";
import { waitFor } from "@footfall/testkit";
import { type AppProcess, startApp } from "../app-process.ts";
import type { CapturedDatabase } from "./captured-database.ts";
import { writeForever } from "./write-forever.ts";

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Of the capture, beside its own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A shop's table that is written while its capture is killed over and over; at the end both have come to rest. */
export interface KilledCapture {
  /** The rows of the table at the end, as the envelope has them. */
  readonly rows: ReadonlyMap<string, Row>;
  readonly writes: number;
  /** Of the last capture, told to stop. */
  readonly exitCode: number | null;
}

/** Kills fall into the first copy of `public.products` and after it, each once the capture has got on. */
export async function killUnderWrites(shop: CapturedDatabase, options: KillOptions): Promise<KilledCapture> {
  await shop.query("create table products (id int primary key, name text, price numeric(10,2), body text)");
  await shop.query("alter table products alter body set storage external");
  await shop.query("insert into products select i, 'item', i / 7.0, repeat('x', 3000) from generate_series(1, 3000) i");
  const { kills, seed, environment } = options;
  const random = seededRandom(seed);
  const writer = await writeForever(shop.url, {
    table: "products",
    keysMax: 4_000,
    seed,
    withTruncate: false,
    rate: 500,
  });
  const start = (): Promise<AppProcess> =>
    startApp("cdc", shop.folder, {
      FOOTFALL_CDC_URL: shop.url,
      FOOTFALL_CDC_TABLES: "public.products,public.beacon",
      FOOTFALL_CDC_SLOT: shop.slot,
      FOOTFALL_CDC_PUBLICATION: shop.slot,
      FOOTFALL_CDC_CHUNK_ROWS: "100",
      ...environment,
    });
  let capture: AppProcess | undefined;
  try {
    capture = await start();
    for (let kill = 0; kill < kills; kill++) {
      await untilItGotOn(shop, capture, random() * 1_500);
      await capture.kill();
      capture = await start();
    }
    await writer.stop();
    await shop.copied();
    await shop.caughtUp();
    const exitCode = await capture.stop();
    const rows = await shop.query("select id, name, price::text, body from products");
    const byKey = new Map(rows.map((row) => [JSON.stringify([String(row["id"])]), row as Row]));
    return { rows: byKey, writes: writer.count(), exitCode };
  } finally {
    await writer.stop();
    await capture?.kill();
  }
}

/** Waits for further records, and this long at least. */
async function untilItGotOn(shop: CapturedDatabase, capture: AppProcess, leastMs: number): Promise<void> {
  const topic = "cdc.public.products";
  const untilMs = performance.now() + leastMs;
  const before = await shop.recordCount(topic);
  const hasGotOn = async (): Promise<boolean> =>
    performance.now() > untilMs && (await shop.recordCount(topic)) > before;
  await waitFor(hasGotOn, { deadlineMs: 60_000, intervalMs: 50, what: "the capture to get on" }).catch((cause) => {
    throw new Error(`the capture says:\n${capture.output.slice(-20).join("\n")}`, { cause });
  });
}
