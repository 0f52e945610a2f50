import { spawn } from "node:child_process";
import { AppError } from "@footfall/base";

/**
 * Runs `npm run retrain`, the command that cron runs, in a process of its own.
 * @returns what it printed on standard output
 * @throws AppError MODEL_NO_DATA with what it printed when it fails
 */
export async function runRetrain(storageDir: string): Promise<string> {
  const child = spawn("npm", ["run", "--silent", "retrain", "--", "--storage", storageDir, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return output;
  throw new AppError("MODEL_NO_DATA", `npm run retrain ended with code ${code}:\n${errors}${output}`);
}
