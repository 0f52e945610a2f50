export { type AgentFile } from "./agent-file.ts";
export { createAgent, type AgentOptions } from "./create-agent.ts";
