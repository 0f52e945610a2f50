/** The topics of the product. Key of a `clicks` record: the visitor id, so that one visitor's order is kept. */
export const topics = {
  clicks: "clicks",
  rejected: "clicks.rejected",
  /** Which records of `clicks.rejected` were taken when they were sent again; written by `topics -- redrive`. */
  redriven: "clicks.redriven",
} as const;
