export { type ConsoleOptions, createConsole } from "./console.ts";
export type { Link, ServedModel, Status, TableStatus } from "./status.ts";
