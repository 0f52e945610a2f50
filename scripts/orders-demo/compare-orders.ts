import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { newTopic, oldTopic } from "./order-shop.ts";

export interface CompareOptions {
  readonly storage: string;
  /** Orders from here on are compared. */
  readonly fromMs: number;
  readonly pairsMin: number;
  readonly mismatches: string;
  /** Takes what the command writes for a person; absent: its report comes back as JSON. */
  readonly say?: (text: string) => void;
}

export interface Compared {
  readonly exitCode: number | null;
  /** Where nothing is said. */
  readonly report?: unknown;
}

const rulesFile = "scripts/orders-demo/orders.rules.yml";
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs `npm run reconcile` over both topics, as the gate of a deployment would. */
export async function compareOrders(options: CompareOptions): Promise<Compared> {
  const { storage, fromMs, pairsMin, mismatches, say } = options;
  const from = new Date(fromMs).toISOString();
  const parameters = Object.entries({
    left: oldTopic,
    right: newTopic,
    rules: rulesFile,
    from,
    "pairs-min": String(pairsMin),
    mismatches,
    storage,
  }).flatMap(([name, value]) => [`--${name}`, value]);
  parameters.push("--complete");
  say?.(`$ npm run reconcile -- ${parameters.join(" ")}\n`);
  const command = ["scripts/run.mjs", "scripts/reconcile.ts", ...parameters, ...(say ? [] : ["--json"])];
  const child = spawn(process.execPath, command, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  say?.(`${output}\nexit code ${exitCode}\n`);
  return { exitCode, ...(!say && output !== "" && { report: JSON.parse(output) as unknown }) };
}
