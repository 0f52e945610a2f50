import { facetField } from "./facets.ts";
import { generationField, offsetField, partitionField } from "./entry-document.ts";
import { tokenField } from "./query-bounds.ts";

/** Names of the indices under a prefix: one a day for the entries, and one for what the writer has to know. */
export class IndexNames {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get everyDay(): string {
    return `${this.#prefix}-logs-*`;
  }

  get progress(): string {
    return `${this.#prefix}-log-progress`;
  }

  get template(): string {
    return `${this.#prefix}-logs`;
  }

  ofDay(day: string): string {
    return `${this.#prefix}-logs-${day.replaceAll("-", ".")}`;
  }

  /** Undefined for an index that is none of a day. */
  dateOf(index: string): string | undefined {
    const start = `${this.#prefix}-logs-`;
    const date = index.startsWith(start) ? index.slice(start.length) : "";
    return /^\d{4}\.\d{2}\.\d{2}$/.test(date) ? date.replaceAll(".", "-") : undefined;
  }
}

const keyword = { type: "keyword" };
/** For people's dashboards alone; a long one is stored, and not looked for. */
const shortKeyword = { type: "keyword", ignore_above: 1024 };
const lenientLong = { type: "long", ignore_malformed: true };

/**
 * Settings and mappings of a day's index. Searches of ours look into tokens and facets, people's also into ECS fields.
 */
export function dayTemplate(names: IndexNames, replicas: number): object {
  return {
    index_patterns: [names.everyDay],
    template: {
      settings: { number_of_shards: 1, number_of_replicas: replicas },
      mappings: {
        // No service can use up an index's fields, or claim one with a type that refuses another's entries.
        dynamic: false,
        _source: { excludes: [tokenField, facetField] },
        properties: {
          "@timestamp": { type: "date" },
          "event.created": { type: "date" },
          [partitionField]: { type: "integer" },
          [offsetField]: { type: "long" },
          [tokenField]: { type: "text", analyzer: "whitespace", norms: false },
          [facetField]: keyword,
          message: { type: "text", index: false },
          attributes: { type: "object", enabled: false },
          [generationField]: keyword,
          "log.file.path": shortKeyword,
          "log.level": shortKeyword,
          "event.severity": { type: "integer" },
          "event.action": shortKeyword,
          "service.name": keyword,
          "service.node.name": keyword,
          "service.version": shortKeyword,
          "service.environment": shortKeyword,
          "host.name": shortKeyword,
          "trace.id": shortKeyword,
          "span.id": shortKeyword,
          "error.type": shortKeyword,
          "http.request.method": shortKeyword,
          "http.response.status_code": lenientLong,
          "http.response.body.bytes": lenientLong,
          "url.path": shortKeyword,
          "source.address": shortKeyword,
          "user.name": shortKeyword,
        },
      },
    },
  };
}
