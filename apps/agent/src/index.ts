export { type AgentFile, readAgentFile } from "./agent-file.ts";
export { createAgent } from "./create-agent.ts";
