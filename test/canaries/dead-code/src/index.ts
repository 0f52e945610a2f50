export { used, unused } from "./values.ts";
