import { eventLogContract, temporaryFolder } from "@footfall/testkit";
import { openEmbeddedLog } from "@footfall/log/embedded";

eventLogContract("embedded", {
  async open() {
    const folder = await temporaryFolder();
    let log = await openEmbeddedLog({ folder: folder.path });
    return {
      log,
      async reopen() {
        await log.close();
        log = await openEmbeddedLog({ folder: folder.path });
        return log;
      },
      async close() {
        await log.close();
        await folder.remove();
      },
    };
  },
});
