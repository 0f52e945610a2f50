export { type DebeziumConnect, type DebeziumConnector, startDebezium } from "./debezium-connect.ts";
