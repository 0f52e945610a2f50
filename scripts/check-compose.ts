import { fileURLToPath } from "node:url";
import { program } from "commander";
import { buildTracker } from "../packages/tracker/build.mjs";
import { readComposeFile } from "./check-compose/compose-file.ts";
import { fileFaults } from "./check-compose/file-faults.ts";
import { imageFaults } from "./check-compose/image-faults.ts";
import { readKnownSettings } from "./check-compose/known-settings.ts";
import { portFaults } from "./check-compose/port-faults.ts";
import { scrapeFaults } from "./check-compose/scrape-faults.ts";
import { settingFaults } from "./check-compose/setting-faults.ts";
import { startFaults } from "./check-compose/start-services.ts";

/** A part of `npm run check`: what can be known of docker-compose.yml without a container engine. */
const { args } = program.name("check-compose").argument("[file]", "compose file").parse();
const root = fileURLToPath(new URL("..", import.meta.url));
const file = readComposeFile(args[0] ?? `${root}/docker-compose.yml`);
const known = readKnownSettings(root);
// What its services need of this folder, as the Dockerfile does.
await buildTracker();
const faults = [
  ...imageFaults(file),
  ...fileFaults(file),
  ...settingFaults(file, known),
  ...portFaults(file, known),
  ...scrapeFaults(file, root, known),
  ...(await startFaults(file)),
];
for (const { rule, service, message } of faults) console.log(`${rule}: ${service}: ${message}`);
process.exitCode = faults.length === 0 ? 0 : 1;
