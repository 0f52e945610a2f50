/** Every bound on what a client may send. Sizes are bytes after unpacking, lengths are UTF-16 units. */
export const limits = {
  /** One request body as it travels, compressed or not. */
  bodyBytesMax: 1_048_576,
  /** One request body after unpacking; stops gzip bombs. */
  unpackedBytesMax: 4_194_304,
  /** One event as JSON. */
  eventBytesMax: 65_536,
  batchEventsMax: 1_000,
  /** GA4's own bound. */
  itemsPerEventMax: 200,
  idLengthMax: 128,
  textLengthMax: 512,
  urlLengthMax: 2_048,
  /** Any time: the end of the year 9999, the last that a Date, the lake and all its readers can write. */
  timeMsMax: 253_402_300_799_999,
  /** Age of an event from a key that is not `historic`: what a browser may have kept while it was closed. */
  eventAgeMaxMs: 7 * 24 * 3_600_000,
  /** 1990-01-01, from when on a historic key may send events: smaller numbers are no ms since the epoch. */
  historicTimeMinMs: 631_152_000_000,
  /** How far ahead of the collector a corrected event time may lie. */
  eventFutureMaxMs: 5 * 60_000,
} as const;
