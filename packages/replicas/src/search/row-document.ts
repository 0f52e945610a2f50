import { type ChangePosition, comparePositions, parseExactJson, type Row, stringifyExactJson } from "@footfall/changes";
import { offsetId } from "@footfall/ingest";
import type { TopicPartition } from "@footfall/log";

/** A document as the server returns it. Positions are text: JSON's numbers end at 2^53 in JavaScript. */
interface RowDocument {
  readonly lsn: string;
  readonly change_index: string;
  readonly row?: Row;
  readonly row_json?: string;
}

/** What the index has under an id, and what tells whether it still has it. */
export interface StoredRow {
  readonly position: ChangePosition;
  readonly row: Row | undefined;
  readonly sequence: number;
  readonly term: number;
}

export interface FoundDocument {
  readonly _id: string;
  readonly _seq_no: number;
  readonly _primary_term: number;
  readonly _source: RowDocument;
}

export function storedRow({ _source, _seq_no: sequence, _primary_term: term }: FoundDocument): StoredRow {
  const { lsn, change_index: index, row_json: json, row } = _source;
  return {
    position: { lsn: BigInt(lsn), index: Number(index) },
    row: json === undefined ? row : (parseExactJson(json) as Row),
    sequence,
    term,
  };
}

/** Whether the change at the position is later than what is stored. */
export function isNewer(position: ChangePosition, stored: StoredRow | undefined): boolean {
  return stored === undefined || comparePositions(position, stored.position) > 0;
}

export interface DocumentState {
  readonly place: TopicPartition;
  readonly position: ChangePosition;
  readonly changedAtMs: number;
  /** Undefined: it is deleted, and the document only says since which position. */
  readonly row: Row | undefined;
  readonly nowMs: number;
}

/** Two lines of a bulk that write the document if the index still has what was `stored`. */
export function bulkLines(id: string, stored: StoredRow | undefined, state: DocumentState): string {
  const action =
    stored === undefined
      ? { create: { _id: id } }
      : { index: { _id: id, if_seq_no: stored.sequence, if_primary_term: stored.term } };
  return `${JSON.stringify(action)}\n${documentOf(state)}\n`;
}

function documentOf({ place, position, changedAtMs, row, nowMs }: DocumentState): string {
  const placed = {
    place: offsetId(place),
    lsn: `${position.lsn}`,
    change_index: `${position.index}`,
    changed_at: changedAtMs,
  };
  if (row === undefined) return JSON.stringify({ ...placed, deleted_at: nowMs });
  const json = stringifyExactJson(row);
  // Whoever reads JSON as JavaScript does would round a number.
  const isExact = JSON.stringify(JSON.parse(json)) === json;
  return stringifyExactJson({ ...placed, row, ...(isExact ? {} : { row_json: json }) });
}

const keyword = { type: "keyword" };

/**
 * Settings and mappings of a table's index. Columns are searched as text, by value and by number; what a column's type
 * cannot take is stored and not looked for.
 */
export function rowsIndex(replicas: number, alias: string): object {
  const text = { type: "text", fields: { keyword: { ...keyword, ignore_above: 1024 } } };
  return {
    settings: { number_of_shards: 1, number_of_replicas: replicas, "index.mapping.ignore_malformed": true },
    aliases: { [alias]: { filter: { bool: { must_not: { exists: { field: "deleted_at" } } } } } },
    mappings: {
      dynamic: false,
      // A text that looks like a date would make a column a date for good.
      date_detection: false,
      dynamic_templates: [
        { texts: { match_mapping_type: "string", mapping: text } },
        // The first row of a column of fractions may have a whole number.
        { numbers: { match_mapping_type: "long", mapping: { type: "double" } } },
      ],
      properties: {
        place: keyword,
        lsn: { type: "long" },
        change_index: { type: "long" },
        changed_at: { type: "date" },
        deleted_at: { type: "date" },
        row: { type: "object", dynamic: true },
        row_json: { type: "object", enabled: false },
      },
    },
  };
}
