import { AppError } from "@footfall/base";
import { type Command, CommanderError } from "commander";

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

/** Runs a command that compares: 1 would say that both sides differ, so the exit code of whatever is wrong is 2. */
export async function runComparison(program: Command): Promise<void> {
  try {
    await program.exitOverride().parseAsync();
  } catch (error) {
    process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
    if (error instanceof AppError) console.error(`${error.code}: ${error.message}`);
    else if (!(error instanceof CommanderError)) console.error(error);
  }
}
