/** The topics of the product. Key of a `clicks` record: the visitor id, so that one visitor's order is kept. */
export const topics = {
  clicks: "clicks",
  rejected: "clicks.rejected",
} as const;
