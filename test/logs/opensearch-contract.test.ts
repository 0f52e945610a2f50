import { randomUUID } from "node:crypto";
import { OpenSearchLogIndex } from "@footfall/log-index/opensearch";
import { logIndexContract } from "@footfall/testkit";
import { describeWithOpenSearch } from "./opensearch-or-skip.ts";

describeWithOpenSearch("OpenSearch", (server) => {
  logIndexContract("OpenSearch", {
    open: async () => {
      const { url } = server();
      const indexPrefix = `t${randomUUID()}`;
      const open = () => OpenSearchLogIndex.open({ url, indexPrefix, replicas: 0, refresh: "true" });
      let index = await open();
      return {
        index,
        reopen: async () => {
          await index.close();
          return (index = await open());
        },
        close: async () => {
          await index.close();
          await fetch(`${url}/${indexPrefix}-*`, { method: "DELETE" });
          await fetch(`${url}/_index_template/${indexPrefix}-logs`, { method: "DELETE" });
        },
      };
    },
    deadlineMs: 30_000,
    propertyRuns: 40,
  });
});
