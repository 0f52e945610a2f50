import { AppError } from "@footfall/base";
import type { Command } from "commander";

/** Runs the command that the arguments name. What is wrong is said in one line, and the exit code is 1. */
export async function runProgram(program: Command): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}
