// One side of bench/train in a process of its own, so that its peak memory is its own: prints one line of JSON.
// Arguments: ours | duckdb, root of the lake, threads.
import { strict as assert } from "node:assert";
import { DuckDBInstance } from "@duckdb/node-api";
import { systemClock } from "@footfall/base";
import { openLake, quotePath } from "@footfall/lake";
import { buildSessionMatrix, defaultSimilarityParameters } from "@footfall/similarity";
import { LearnThreads, readItemSessions } from "@footfall/trainer";

/** What both sides report. Lists: best first, equal counts by smaller item index. */
export interface TrainingMeasure {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Until the sessions were read and numbered. */
  readonly readSeconds: number;
  readonly peakRssMb: number;
  readonly pairs: number;
  readonly countSum: number;
  /** Σ (item + 1) · (neighbour + 1) mod a prime over all pairs: equal only when the lists name the same pairs. */
  readonly pairSum: number;
  /** Lists of some items as `item:neighbour×count,…`. */
  readonly lists: readonly string[];
}

type Learnt = Pick<TrainingMeasure, "readSeconds" | "pairs" | "countSum" | "pairSum" | "lists">;

const neighborsMax = 100;
const pairPrime = 1_000_003;
const listEvery = 9973;

async function learnOurs(root: string, threads: number): Promise<Learnt> {
  const startMs = performance.now();
  const learnThreads = LearnThreads.start(threads);
  const lake = await openLake({ root, clock: systemClock, threads, memoryLimitMb: 512 });
  const { version } = await (await lake.existingTable("sessions")).snapshot();
  const { sessions } = await readItemSessions({ lake, tenant: "bench", lakeVersion: version });
  await lake.close();
  const readSeconds = (performance.now() - startMs) / 1000;
  // α = 1 without other filters ranks by count, as the reference does; the bounds are too large to bind.
  const parameters = {
    ...defaultSimilarityParameters,
    neighborsMax,
    alpha: 1,
    shrinkage: 0,
    llrMin: 0,
    supportMin: 1,
    sessionsPerItemMax: 2 ** 30,
  };
  const matrix = buildSessionMatrix(sessions, parameters.sessionItemsMax);
  const found = await learnThreads.learn(matrix, parameters);
  await learnThreads.close();
  let countSum = 0;
  let pairSum = 0;
  const lists: string[] = [];
  for (let item = 0; item < matrix.itemCount; item++) {
    const list: string[] = [];
    for (let at = found.neighborOffsets[item]!; at < found.neighborOffsets[item + 1]!; at++) {
      const other = found.neighborItems[at]!;
      countSum += found.neighborSupport[at]!;
      pairSum += ((item + 1) * (other + 1)) % pairPrime;
      if (item % listEvery === 0) list.push(`${other}×${found.neighborSupport[at]}`);
    }
    if (item % listEvery === 0) lists.push(`${item}:${list.join(",")}`);
  }
  return { readSeconds, pairs: found.neighborItems.length, countSum, pairSum, lists };
}

async function learnByDuckDb(root: string, threads: number): Promise<Learnt> {
  const startMs = performance.now();
  const lake = await openLake({ root, clock: systemClock });
  const table = await lake.existingTable("sessions");
  const files = (await table.snapshot()).files.map((file) => quotePath(`${table.folder}/${file.path}`));
  await lake.close();
  const instance = await DuckDBInstance.create(":memory:", { threads: String(threads) });
  const connection = await instance.connect();
  await connection.run(`
    create temp table visit as
    with dictionary as materialized (
      select item_id, (row_number() over (order by count(*) desc, item_id) - 1)::integer as item
      from read_parquet([${files.join(", ")}]) group by item_id
    )
    select distinct hash(visitor_id, session_id, session_start) as session, item
    from read_parquet([${files.join(", ")}]) join dictionary using (item_id)`);
  const readSeconds = (performance.now() - startMs) / 1000;
  await connection.run(`
    create temp table neighbor as
    select a.item as item, b.item as other, count(*) as n
    from visit a join visit b on a.session = b.session and a.item <> b.item
    group by a.item, b.item
    qualify row_number() over (partition by a.item order by count(*) desc, b.item) <= ${neighborsMax}`);
  const sums = await connection.runAndReadAll(`
    select count(*)::double, sum(n)::double,
      sum(((item + 1)::bigint * (other + 1)) % ${pairPrime})::double from neighbor`);
  const [pairs, countSum, pairSum] = sums.getRows()[0] as [number, number, number];
  const lists = await connection.runAndReadAll(`
    select item || ':' || string_agg(other || '×' || n, ',' order by n desc, other)
    from neighbor where item % ${listEvery} = 0 group by item order by item`);
  connection.closeSync();
  instance.closeSync();
  return { readSeconds, pairs, countSum, pairSum, lists: lists.getRows().map(([list]) => String(list)) };
}

const [side, root, threads] = process.argv.slice(2);
assert(root !== undefined && (side === "ours" || side === "duckdb"));
const startMs = performance.now();
const learnt = await (side === "ours" ? learnOurs : learnByDuckDb)(root, Number(threads));
const usage = process.resourceUsage();
const measure: TrainingMeasure = {
  ...learnt,
  seconds: (performance.now() - startMs) / 1000,
  cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
  peakRssMb: usage.maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(measure)}\n`);
