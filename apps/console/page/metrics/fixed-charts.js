/** What the page shows before anything is asked. */
export const fixedCharts = [
  {
    title: "Requests of shops",
    query: "rate(footfall_collector_requests_total) by (status)",
    meaning: "Requests that the collector answered, by HTTP status.",
  },
  {
    title: "Recommendations",
    query: "rate(footfall_recommender_requests_total) by (source)",
    meaning: "Requests that the recommender answered, by where the items came from.",
  },
  {
    title: "Errors",
    query: "rate(footfall_errors_total) by (app, code)",
    meaning: "Errors by app and code; docs/errors.md says what each asks for.",
  },
  {
    title: "Time of the collector",
    query: "p95(footfall_collector_request_seconds) by (job)",
    meaning: "95 of 100 requests were answered in less.",
  },
  {
    title: "Time of the recommender",
    query: "p95(footfall_recommender_request_seconds) by (job)",
    meaning: "95 of 100 requests were answered in less.",
  },
  {
    title: "Lag of the aggregator",
    query: "last(footfall_aggregator_lag_records) by (job)",
    meaning: "Clicks that wait for the lake; it should go back to about 0.",
  },
  {
    title: "Watermark of the aggregator",
    query: "max(footfall_aggregator_watermark_lag_seconds) by (job)",
    meaning: "How far closed windows are behind the clock.",
  },
  {
    title: "Events into the lake",
    query: "rate(footfall_aggregator_events_total) by (result)",
    meaning: "Clicks that the aggregator committed (late: of these), and those that were repeats or no events.",
  },
  {
    title: "Time of lake commits",
    query: "p95(footfall_aggregator_commit_seconds) by (table)",
    meaning: "95 of 100 times, writing and committing a table took less.",
  },
  {
    title: "Rows of lake commits",
    query: "rate(footfall_aggregator_rows_total) by (table)",
    meaning: "Rows written to the other tables, rewritten ones included.",
  },
  {
    title: "Spool of the collector",
    query: "max(footfall_collector_spool_bytes) by (instance)",
    meaning: "Records on disk that the log has not taken; at the bound shops are answered 503.",
  },
  {
    title: "Records spooled",
    query: "rate(footfall_collector_spooled_records_total) by (instance)",
    meaning: "Records that went to the collector's disk because the log did not take them in time.",
  },
  {
    title: "Age of the spool",
    query: "max(footfall_collector_oldest_unforwarded_seconds) by (instance)",
    meaning: "How long the oldest record on the collector's disk has waited; 0 when none waits.",
  },
  {
    title: "Rejected events",
    query: 'rate(footfall_collector_events_total{status="rejected"}) by (code)',
    meaning: "Events that the collector refused, by the reason.",
  },
  {
    title: "Logs indexed",
    query: 'rate(footfall_indexer_records_total{result="stored"}) by (sink)',
    meaning: "Lines of service logs that the indexer stored, by table and text index.",
  },
  {
    title: "Busy processors",
    query: 'rate(node_cpu_seconds_total{mode!~"idle|iowait"}) by (instance)',
    meaning: "Seconds of processors used a second: 2 means two are fully busy.",
  },
  {
    title: "Free memory",
    query: "min(node_memory_MemAvailable_bytes) by (instance)",
    meaning: "What a host can still give to processes.",
  },
  {
    title: "Free disk",
    query: "min(node_filesystem_avail_bytes) by (instance, mountpoint)",
    meaning: "The log, the lake and the index stop when it is used up.",
  },
];
