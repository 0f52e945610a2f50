import { fileURLToPath } from "node:url";
import { buildPrograms } from "../scripts/build-programs.mjs";

/** Once before all suites, rather than by each process that they start. */
export async function setup(): Promise<void> {
  await buildPrograms(fileURLToPath(new URL("..", import.meta.url)));
}
