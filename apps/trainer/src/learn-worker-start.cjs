// Starts count-worker.ts in a thread that runs from source.
import { register } from "tsx/esm/api";

register();
await import("./count-worker.ts");
