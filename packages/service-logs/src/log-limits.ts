/**
 * Bounds of a log entry and of what is read to make it. Lengths are UTF-16 units. An entry at all its bounds stays
 * below 1 MiB as JSON, also where each unit is escaped as six.
 */
export const logLimits = {
  /** What is longer is cut, and counted in attribute `log.body_cut`. */
  bodyLengthMax: 131_072,
  /** Further attributes are left out, and counted in attribute `log.attributes_dropped`. */
  attributesMax: 128,
  attributeNameLengthMax: 256,
  /** Longer texts are cut; they end in `…` then. */
  attributeLengthMax: 8_192,
  /** Names and values of one entry's attributes together. */
  attributesLengthMax: 32_768,
  /** Of a service's name as it is escaped in a path; file systems take 255 bytes, with the column's name before it. */
  serviceNamePathLengthMax: 240,
  /** Objects deeper than this become JSON text. */
  nestingMax: 10,
  patternLengthMax: 2_000,
  /** A pattern is not tried on longer lines: its time may grow with more than their length. */
  patternLineLengthMax: 32_768,
  /** Log records of one OTLP request; the others are rejected. */
  otlpRecordsMax: 10_000,
  queryLengthMax: 4_096,
  queryTermsMax: 128,
  queryNestingMax: 32,
} as const;
