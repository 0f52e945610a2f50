export { type OpenSearchServer, startOpenSearch } from "./opensearch-server.ts";
