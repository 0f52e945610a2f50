import { logIndexContract, type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { EmbeddedLogIndex } from "../src/embedded/embedded-log-index.ts";

logIndexContract("embedded index", {
  open: async () => {
    const folder: TemporaryFolder = await temporaryFolder();
    const open = (): EmbeddedLogIndex => EmbeddedLogIndex.open({ folder: folder.path, segmentsOpenMax: 2 });
    let index = open();
    return {
      index,
      reopen: async () => {
        await index.close();
        return (index = open());
      },
      close: async () => {
        await index.close();
        await folder.remove();
      },
    };
  },
});
