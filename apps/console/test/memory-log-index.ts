import type { EntryPlace, IndexedEntry, LogCriteria, LogIndex, LogSearch } from "@footfall/log-index";
import { entryMatcher, type LogValue } from "@footfall/service-logs";

/** The meaning of the port over a list, without its bounds; cursors are positions. */
export class MemoryLogIndex implements LogIndex {
  readonly entries: IndexedEntry[] = [];

  #found({ query, fromMs = 0, toMs = Infinity }: LogCriteria): IndexedEntry[] {
    const matches = entryMatcher(query);
    return this.entries
      .filter(({ entry }) => entry.occurredAtMs >= fromMs && entry.occurredAtMs < toMs && matches(entry))
      .sort((a, b) => a.entry.occurredAtMs - b.entry.occurredAtMs || Number(a.offset - b.offset));
  }

  async search(search: LogSearch) {
    const found = this.#found(search);
    if (search.order !== "oldest") found.reverse();
    const start = Number(search.cursor ?? 0);
    const end = start + search.limit;
    const next = end < found.length ? { next: String(end) } : {};
    return { entries: found.slice(start, end), ...next, isComplete: true };
  }

  async count(criteria: LogCriteria) {
    return this.#found(criteria).length;
  }

  async histogram(criteria: LogCriteria & { readonly bucketMs: number }) {
    const buckets = new Map<number, Map<number, number>>();
    for (const { entry } of this.#found(criteria)) {
      const startMs = Math.floor(entry.occurredAtMs / criteria.bucketMs) * criteria.bucketMs;
      const counts = buckets.get(startMs) ?? new Map<number, number>();
      counts.set(entry.severityNumber, (counts.get(entry.severityNumber) ?? 0) + 1);
      buckets.set(startMs, counts);
    }
    return [...buckets].map(([startMs, countsBySeverity]) => ({ startMs, countsBySeverity }));
  }

  async around(place: EntryPlace, before: number, after: number) {
    const entry = this.entries.find(
      ({ partition, offset, entry: { occurredAtMs } }) =>
        partition === place.partition && offset === place.offset && occurredAtMs === place.occurredAtMs,
    );
    if (!entry) return undefined;
    const origin = ({ entry: each }: IndexedEntry) => each.source?.generation ?? each.instance;
    const same = this.entries
      .filter((each) => origin(each) === origin(entry))
      .sort((a, b) => Number(a.offset - b.offset));
    const at = same.indexOf(entry);
    return { before: same.slice(Math.max(0, at - before), at), entry, after: same.slice(at + 1, at + 1 + after) };
  }

  async fieldValues(field: string, prefix: string, limit: number) {
    const counts = new Map<LogValue, number>();
    for (const { entry } of this.entries) {
      const { severityNumber, service, instance, host, source, attributes = {} } = entry;
      const own: Record<string, LogValue | undefined> = { service, instance, host, file: source?.path };
      const value = field === "level" ? severityNumber : (own[field] ?? attributes[field]);
      if (value !== undefined && String(value).startsWith(prefix)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts].map(([value, count]) => ({ value, count }));
    return values.sort((a, b) => b.count - a.count).slice(0, limit);
  }

  progress = async () => new Map();
  store = async () => ({ stored: 0, repeated: 0, expired: 0 });
  applyRetention = async () => [];
  close = async () => {};
}
