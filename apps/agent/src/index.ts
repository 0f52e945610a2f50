export { agentSettings } from "./config.ts";
export { type AgentFile, readAgentFile, type ScrapeTarget } from "./agent-file.ts";
export { createAgent } from "./create-agent.ts";
