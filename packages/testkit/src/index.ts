export { type LogMember, type OpenedLog, readAll, record, textOf } from "./contracts/contract-bench.ts";
export { type EventLogContractOptions, eventLogContract } from "./contracts/event-log-contract.ts";
export { logIndexContract } from "./contracts/log-index-contract.ts";
export { findDataFile } from "./data-file.ts";
export { freePort, freePorts } from "./free-ports.ts";
export { isRequired } from "./is-required.ts";
export { type TemporaryFolder, temporaryFolder } from "./temporary-folder.ts";
export { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
export { type WaitOptions, waitFor } from "./wait-for.ts";
