/** A fault that happened again and again under load, and what was found afterwards. */
export interface FaultRow {
  readonly fault: string;
  readonly runs: number;
  /** Distinct valid events that left a client; not all of them were answered, and not all were sent again. */
  readonly sent: number;
  readonly accepted: number;
  readonly inLake: number;
  /** Accepted, but not in the lake. */
  readonly lost: number;
  /** Rows of the lake beyond the first of an event id. */
  readonly doubled: number;
  readonly failedRequests: number;
  /** Longest time, over all runs, without an answer to events, a commit to the lake, a recommendation. */
  readonly secondsWithout: {
    readonly answers: number;
    readonly commits: number | null;
    readonly recommendations: number | null;
  };
}

const heads = [
  "fault",
  "runs",
  "sent",
  "accepted",
  "in the lake",
  "lost",
  "doubled",
  "failed requests",
  "s without answers",
  "s without commits",
  "s without recommendations",
];

/** A table in Markdown. */
export function faultTable(rows: readonly FaultRow[]): string {
  const lines = rows.map(({ fault, runs, sent, accepted, inLake, lost, doubled, failedRequests, secondsWithout }) => {
    const { answers, commits, recommendations } = secondsWithout;
    const counts = [runs, sent, accepted, inLake, lost, doubled, failedRequests].map((n) => n.toLocaleString("en"));
    return [fault, ...counts, ...[answers, commits, recommendations].map((seconds) => seconds ?? "–")];
  });
  return [heads, heads.map((_, at) => (at === 0 ? "---" : "---:")), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

export function faultsPage(
  rows: readonly FaultRow[],
  { command, minutes, date }: { readonly command: string; readonly minutes: number; readonly date: Date },
): string {
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  return `# Faults

Written by \`${command}\` on ${day}; it took ${minutes} minutes. Each fault happened to real processes around a real Kafka
(or, where it says so, the embedded log) while clients posted events, again and again at random moments after new commits.
Around Kafka there are two shops: one whose clicks lie in the past, and one that clicks now, with the key of its pages.
Clients sent a part of the failed batches again, as trackers do, so that \`sent\` exceeds \`accepted\` where requests failed.
Afterwards a DuckDB of the test's own counted ids in the lake, and made windows and sessions anew from the events (of
the clicks in the past: sessions of now are still open): they were the same in every row, or the run would have failed.

The seconds are the longest silence over all runs, start of processes included: no answer to posted events, no commit of
table \`events\`, no recommendation. A few tenths are the pace of clients and commits.

${faultTable(rows)}
`;
}
