export {
  type EventLogContractOptions,
  eventLogContract,
  type OpenedLog,
  readAll,
  record,
} from "./contracts/event-log-contract.ts";
export { findDataFile } from "./data-file.ts";
export { isRequired } from "./is-required.ts";
export { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
export { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
export { type WaitOptions, waitFor } from "./wait-for.ts";
