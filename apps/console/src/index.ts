export { createConsole } from "./console.ts";
export { servedModelReader } from "./served-model.ts";
export type { Status } from "./status.ts";
