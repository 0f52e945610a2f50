import type { MetricSample, MetricScrape } from "./metric-sample.ts";

const samplesMax = 2_000;
/** Of labels and names, so that a part as JSON stays well below the 1 MiB that logs take. */
const lengthMax = 300_000;

/** A scrape as records that fit into the log: one, or several of the same time. */
export function scrapeParts(scrape: MetricScrape): MetricScrape[] {
  const parts: MetricSample[][] = [[]];
  let length = 0;
  for (const sample of scrape.samples) {
    const part = parts.at(-1)!;
    const more = sampleLength(sample);
    const isFull = part.length >= samplesMax || length + more > lengthMax;
    if (isFull && part.length > 0) {
      parts.push([sample]);
      length = more;
    } else {
      part.push(sample);
      length += more;
    }
  }
  return parts.map((samples) => ({ ...scrape, samples }));
}

function sampleLength({ name, labels }: MetricSample): number {
  return Object.entries(labels).reduce((sum, [label, value]) => sum + label.length + value.length, name.length);
}
