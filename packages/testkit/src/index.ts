export { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
export { type WaitOptions, waitFor } from "./wait-for.ts";
