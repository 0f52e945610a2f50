export { createConsole } from "./console.ts";
export type { ServedModel, Status } from "./status.ts";
