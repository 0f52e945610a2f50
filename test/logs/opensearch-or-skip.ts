import { spawnSync } from "node:child_process";
import { isRequired, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { type OpenSearchServer, startOpenSearch } from "@footfall/testkit/opensearch";
import { afterAll, beforeAll, describe } from "vitest";

/** Whether a node can be had here. Where it cannot, that is said loudly, and is a failure where it is required. */
function canRunOpenSearch(): boolean {
  const missing = ["java", "mvn"].filter((tool) => spawnSync(tool, ["-version"]).status !== 0);
  if (missing.length === 0) return true;
  const message = `No OpenSearch here: ${missing.join(" and ")} cannot be run.`;
  if (isRequired("opensearch", process.env)) throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return false;
}

/** Tests around one node, which lives as long as they run; its data goes with it. */
export function describeWithOpenSearch(name: string, tests: (server: () => OpenSearchServer) => void): void {
  describe.skipIf(!canRunOpenSearch())(name, () => {
    let folder: TemporaryFolder | undefined;
    let server: OpenSearchServer | undefined;

    beforeAll(async () => {
      folder = await temporaryFolder();
      server = await startOpenSearch({ jarsFolder: ".opensearch", folder: folder.path });
    });
    afterAll(async () => {
      await server?.stop();
      await folder?.remove();
    });

    tests(() => server!);
  });
}
