export { type CdcOptions, createCdc } from "./create-cdc.ts";
