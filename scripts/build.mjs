// `npm run build`: the tracker, and every program. Both are also built when they are first needed.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { buildTracker } from "../packages/tracker/build.mjs";
import { buildPrograms } from "./build-programs.mjs";

await buildTracker();
await buildPrograms(dirname(dirname(fileURLToPath(import.meta.url))));
