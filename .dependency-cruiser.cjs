/** Import directions of docs/ARCHITECTURE.md. Each rule has a canary in test/canaries that must break it. */
const pure = "^packages/(base|events|windows|similarity|service-logs|metrics|comparison|catalogue)/src/";
const io = "^packages/(log|lake|models|log-index|runtime)/src/";

module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true, dependencyTypesNot: ["type-only"] } },
    {
      name: "no-app-imports-an-app",
      comment: "Only standalone mounts the others.",
      severity: "error",
      from: { path: "^apps/([^/]+)/src/", pathNot: "^apps/standalone/src/" },
      to: { path: "^apps/([^/]+)/", pathNot: "^apps/$1/" },
    },
    {
      name: "packages-do-not-import-apps",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(apps|scripts|bench)/" },
    },
    {
      name: "base-imports-nothing-of-ours",
      severity: "error",
      from: { path: "^packages/base/src/" },
      to: { path: "^packages/", pathNot: "^packages/base/" },
    },
    {
      name: "pure-packages-import-only-base",
      severity: "error",
      from: { path: "^packages/(events|windows|similarity|service-logs|metrics|comparison|catalogue)/src/" },
      to: {
        path: "^packages/([^/]+)/",
        pathNot: [
          "^packages/base/",
          "^packages/(events|windows|similarity|service-logs|metrics|comparison|catalogue)/",
        ],
      },
    },
    {
      name: "windows-and-similarity-stay-apart",
      severity: "error",
      from: { path: "^packages/(events|windows|similarity|service-logs|comparison|catalogue)/src/" },
      to: {
        path: "^packages/(windows|similarity|service-logs|metrics|comparison|catalogue)/",
        pathNot: "^packages/$1/",
      },
    },
    {
      name: "metrics-import-only-windows",
      severity: "error",
      from: { path: "^packages/metrics/src/" },
      to: { path: "^packages/(events|similarity|service-logs|comparison)/" },
    },
    {
      name: "pure-packages-have-no-io",
      comment: "No sockets, no files, no clock of their own.",
      severity: "error",
      from: { path: pure },
      to: {
        path: "^(kafkajs|lmdb|express|prom-client|pino)$|node_modules/(@duckdb|kafkajs|lmdb|express|prom-client|pino)/",
      },
    },
    { name: "pure-packages-have-no-node", severity: "error", from: { path: pure }, to: { dependencyTypes: ["core"] } },
    {
      name: "io-packages-stay-apart",
      severity: "error",
      from: { path: "^packages/(log|lake|models|log-index|runtime)/src/" },
      to: { path: io, pathNot: "^packages/$1/src/" },
    },
    {
      name: "io-packages-know-nothing-of-ingest",
      comment: "apps → ingest → log, lake, models, runtime.",
      severity: "error",
      from: {
        path: "^packages/(base|events|windows|similarity|service-logs|metrics|comparison|catalogue|log|lake|models|log-index|runtime)/src/",
      },
      to: { path: "^packages/ingest/" },
    },
    {
      name: "tracker-imports-types-of-events-only",
      severity: "error",
      from: { path: "^packages/tracker/src/" },
      to: { path: "^packages/", pathNot: "^packages/(tracker|events|base)/" },
    },
    {
      name: "adapters-only-in-composition-roots",
      comment: "The replica in OpenSearch is an adapter itself, over the same client.",
      severity: "error",
      from: {
        path: "^(apps|packages)/",
        pathNot: [
          "^apps/[^/]+/src/(main|open-replica)\\.ts$",
          "/test/",
          "^packages/(log|log-index|replicas)/src/",
          "^packages/testkit/",
          "^packages/(log|log-index)/src/",
          "^packages/testkit/",
          "^packages/replicas/src/search/",
        ],
      },
      to: { path: "^packages/(log|log-index|replicas)/src/(embedded|kafka|opensearch|open-log|postgres/|redis/)" },
    },
    {
      name: "testkit-only-in-tests-and-benchmarks",
      comment: "Two commands start the tests' broker by hand.",
      severity: "error",
      from: {
        pathNot: ["/test/", "^test/", "^bench/", "^packages/testkit/", "^scripts/(kafka|demo/own-broker)\\.ts$"],
      },
      to: { path: "^packages/testkit/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
