// Starts the agent with a configuration file: `npm run agent -- --config F`.
import { resolve } from "node:path";
import { Command } from "commander";
import { storageOption } from "./storage-option.ts";

const { config, storage } = new Command("agent")
  .description("Reads log files and metrics of services into the log, as a file says; and takes OTLP.")
  .option("--config <file>", "what to read (YAML, see docs/logs.md); without it only what is sent over OTLP is taken")
  .addOption(storageOption())
  .parse()
  .opts<{ config?: string; storage: string }>();

if (config !== undefined) process.env["FOOTFALL_AGENT_CONFIG_FILE"] = resolve(config);
process.env["FOOTFALL_STORAGE_DIR"] = storage;
await import("../apps/agent/src/main.ts");
