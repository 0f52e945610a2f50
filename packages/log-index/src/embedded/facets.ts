import { fieldsOf, type LogEntry, type LogValue } from "@footfall/service-logs";
import type { SqliteFile } from "./sqlite-file.ts";

/** A field with more values in a day is crowded: further values get no facet. */
export const facetValuesMax = 1_000;
/** Fields of a day beyond these count as crowded, so that names taken from user input cost no more than text. */
export const facetFieldsMax = 200;
const facetValueCharsMax = 256;

export const facetTables = `
  create table facets (id integer primary key, field text, value text, entries integer, unique (field, value));
  create table facet_fields (field text primary key, facets integer, is_crowded integer);`;

interface Field {
  readonly idOfValue: Map<LogValue, number>;
  isCrowded: boolean;
  isChanged: boolean;
}

export interface EntryFacets {
  readonly ids: readonly number[];
  /** Values of crowded fields. */
  readonly crowded: readonly LogValue[];
}

/** The distinct values of the fields in one segment, each with a number; of the writer. */
export class Facets {
  readonly #fields = new Map<string, Field>();
  readonly #isNew = new Map<number, readonly [field: string, value: LogValue]>();
  readonly #entriesOf = new Map<number, number>();
  #nextId = 1;

  constructor(file: SqliteFile) {
    for (const [field, isCrowded] of file.rows<[string, number]>("select field, is_crowded from facet_fields")) {
      this.#fields.set(JSON.parse(field) as string, {
        idOfValue: new Map(),
        isCrowded: isCrowded === 1,
        isChanged: false,
      });
    }
    for (const [id, field, value] of file.rows<[number, string, string]>("select id, field, value from facets")) {
      this.#fields.get(JSON.parse(field) as string)!.idOfValue.set(JSON.parse(value) as LogValue, id);
      this.#nextId = Math.max(this.#nextId, id + 1);
    }
  }

  /** Counts an entry. */
  add(entry: LogEntry): EntryFacets {
    const ids: number[] = [];
    const crowded: LogValue[] = [];
    for (const [field, value] of fieldsOf(entry)) {
      const id = this.#idOf(field, value);
      if (id === undefined) crowded.push(value);
      else {
        ids.push(id);
        this.#entriesOf.set(id, (this.#entriesOf.get(id) ?? 0) + 1);
      }
    }
    return { ids, crowded };
  }

  /** Writes what has been added since the last call, within the caller's transaction. */
  save(file: SqliteFile): void {
    for (const [name, field] of this.#fields) {
      if (!field.isChanged) continue;
      const facets = field.idOfValue.size;
      const sql = "insert or replace into facet_fields values (?, ?, ?)";
      file.run(sql, JSON.stringify(name), facets, field.isCrowded ? 1 : 0);
      field.isChanged = false;
    }
    for (const [id, entries] of this.#entriesOf) {
      const added = this.#isNew.get(id);
      const [field, value] = added?.map((part) => JSON.stringify(part)) ?? [];
      if (added) file.run("insert into facets values (?, ?, ?, ?)", id, field!, value!, entries);
      else file.run("update facets set entries = entries + ? where id = ?", entries, id);
    }
    this.#entriesOf.clear();
    this.#isNew.clear();
  }

  #idOf(name: string, value: LogValue): number | undefined {
    let field = this.#fields.get(name);
    if (field === undefined) {
      if (this.#fields.size >= facetFieldsMax) return undefined;
      field = { idOfValue: new Map(), isCrowded: false, isChanged: true };
      this.#fields.set(name, field);
    }
    const known = field.idOfValue.get(value);
    if (known !== undefined || field.isCrowded) return known;
    field.isChanged = true;
    if (field.idOfValue.size >= facetValuesMax || String(value).length > facetValueCharsMax) {
      field.isCrowded = true;
      return undefined;
    }
    const id = this.#nextId++;
    field.idOfValue.set(value, id);
    this.#isNew.set(id, [name, value]);
    return id;
  }
}

/** What a segment knows of a field; `isCrowded`: entries may have values that are not among `facets`. */
export interface FieldFacets {
  readonly facets: readonly { readonly id: number; readonly value: LogValue; readonly entries: number }[];
  readonly isCrowded: boolean;
}

export function readFacets(file: SqliteFile, field: string): FieldFacets {
  const name = JSON.stringify(field);
  const sql = "select id, value, entries from facets where field = ?";
  const facets = file
    .rows<[number, string, number]>(sql, name)
    .map(([id, value, entries]) => ({ id, value: JSON.parse(value) as LogValue, entries }));
  const [found] = file.rows<[number]>("select is_crowded from facet_fields where field = ?", name);
  const [[fields]] = file.rows<[number]>("select count(*) from facet_fields") as [[number]];
  return { facets, isCrowded: found === undefined ? fields >= facetFieldsMax : found[0] === 1 };
}
