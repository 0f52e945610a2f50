/** What is known of an image that is made elsewhere. */
export interface ForeignImage {
  /** Where it listens. */
  readonly ports: readonly string[];
  readonly variables: readonly string[];
}

/**
 * The variables that docker-compose.yml uses of these images: they take a misspelt one without a word. Whoever uses
 * another looks it up in the image's documentation and adds it here.
 */
const foreignImages: Readonly<Record<string, ForeignImage>> = {
  "apache/kafka": {
    ports: ["9092", "9093"],
    variables: [
      "KAFKA_ADVERTISED_LISTENERS",
      "KAFKA_AUTO_CREATE_TOPICS_ENABLE",
      "KAFKA_CONTROLLER_LISTENER_NAMES",
      "KAFKA_CONTROLLER_QUORUM_VOTERS",
      "KAFKA_HEAP_OPTS",
      "KAFKA_INTER_BROKER_LISTENER_NAME",
      "KAFKA_LISTENERS",
      "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
      "KAFKA_LOG_DIRS",
      "KAFKA_NODE_ID",
      "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR",
      "KAFKA_PROCESS_ROLES",
      "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR",
      "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR",
      "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR",
      "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR",
    ],
  },
  "prom/prometheus": { ports: ["9090"], variables: [] },
  "grafana/grafana": {
    ports: ["3000"],
    variables: [
      "GF_ANALYTICS_CHECK_FOR_UPDATES",
      "GF_ANALYTICS_REPORTING_ENABLED",
      "GF_AUTH_ANONYMOUS_ENABLED",
      "GF_AUTH_ANONYMOUS_ORG_ROLE",
      "GF_AUTH_BASIC_ENABLED",
      "GF_AUTH_DISABLE_LOGIN_FORM",
      "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH",
    ],
  },
};

/** What is known of the image, whatever its version. */
export function foreignImage(image = ""): ForeignImage | undefined {
  return foreignImages[image.replace(/[:@][^/]*$/, "")];
}
