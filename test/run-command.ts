import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of standard output as JSON. @throws SyntaxError when it is none */
  lastJson(): unknown;
}

/**
 * Runs a command of this project as `npm run` does, in a process of its own.
 * @param environment  beside that of this process
 * @param node         the program that runs it
 */
export async function runCommand(
  script: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  node = process.execPath,
): Promise<CommandResult> {
  const child = spawn(node, ["scripts/run.mjs", script, ...parameters], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { exitCode, stdout, stderr, lastJson: () => JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") };
}
