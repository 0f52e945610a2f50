/** A connector that brings tables of a PostgreSQL database into topics `<prefix>.<schema>.<table>`. */
export interface DebeziumConnector {
  /** Names the slot and the publication too. */
  readonly name: string;
  /** `postgresql://user@host:port/database`. */
  readonly url: string;
  /** `<schema>.<table>`, with commas between them. */
  readonly tables: string;
  readonly prefix: string;
  /** Whether the JSON converter puts a schema beside each key and value. */
  readonly hasSchemas: boolean;
  /** Further settings of the connector, or in place of those here. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * The file of the process. It keeps its positions in topics, as deployments do: a standalone worker writes its file of
 * positions in place, and a kill at that moment leaves an empty one, after which it skips what it has not read.
 */
export function workerProperties(url: string, bootstrapServers: readonly string[]): string {
  const json = "org.apache.kafka.connect.json.JsonConverter";
  const settings = {
    "bootstrap.servers": bootstrapServers.join(","),
    "group.id": "connect",
    "config.storage.topic": "connect-configs",
    "config.storage.replication.factor": 1,
    "offset.storage.topic": "connect-offsets",
    "offset.storage.partitions": 1,
    "offset.storage.replication.factor": 1,
    "status.storage.topic": "connect-status",
    "status.storage.partitions": 1,
    "status.storage.replication.factor": 1,
    // One worker: nobody else comes back to take the tasks.
    "scheduled.rebalance.max.delay.ms": 0,
    // The shortest that a broker allows.
    "session.timeout.ms": 6_000,
    "heartbeat.interval.ms": 1_000,
    listeners: url,
    "key.converter": json,
    "value.converter": json,
    // Noted down often, so that a kill repeats little.
    "offset.flush.interval.ms": 1_000,
    "plugin.discovery": "service_load",
    "topic.creation.enable": "true",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** Debezium's plain envelope, with truncations (it leaves them out by default), into topics that keep everything. */
export function connectorSettings(connector: DebeziumConnector): Record<string, string> {
  const { name, url, tables, prefix, hasSchemas, settings } = connector;
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "tasks.max": "1",
    "plugin.name": "pgoutput",
    "database.hostname": hostname,
    "database.port": port,
    "database.user": username,
    "database.password": password || "none",
    "database.dbname": pathname.slice(1),
    "topic.prefix": prefix,
    "table.include.list": tables,
    "slot.name": name,
    "publication.name": name,
    "publication.autocreate.mode": "filtered",
    "snapshot.mode": "initial",
    "skipped.operations": "none",
    "poll.interval.ms": "50",
    "key.converter": "org.apache.kafka.connect.json.JsonConverter",
    "key.converter.schemas.enable": String(hasSchemas),
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": String(hasSchemas),
    "topic.creation.default.partitions": "4",
    "topic.creation.default.replication.factor": "1",
    // A truncation has no key, and the broker refuses that in a compacted topic; the task would fail.
    "topic.creation.default.cleanup.policy": "delete",
    "topic.creation.default.retention.ms": "-1",
    ...settings,
  };
}
