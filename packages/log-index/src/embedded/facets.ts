import { eachField, isMeant, type LogEntry, type LogValue } from "@footfall/service-logs";
import { crowdedToken, facetToken, valueToken } from "./index-tokens.ts";
import type { SqliteFile } from "./sqlite-file.ts";

/** A field with more values in a day is crowded: further values get no facet. */
export const facetValuesMax = 1_000;
/** Fields of a day beyond these have no name here, so that names taken from user input cost no more than text. */
export const facetFieldsMax = 200;
const facetValueCharsMax = 256;
/** Of all fields without a name here. */
const unnamedId = 0;

export const facetTables = `
  create table facets (id integer primary key, field integer, value text, entries integer);
  create index facets_of_field on facets (field);
  create table facet_fields (id integer primary key, name text, is_crowded integer);`;

// One call for all: there may be as many of them as entries.
const addFacets = `
  insert into facets (id, field, value, entries)
  select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?) where true
  on conflict (id) do update set entries = entries + excluded.entries`;

interface Facet {
  readonly id: number;
  readonly field: Field;
  readonly value: LogValue;
  /** And a blank. */
  readonly token: string;
  /** Entries since the last save. */
  added: number;
}

interface Field {
  readonly id: number;
  readonly name: string;
  readonly facets: Map<LogValue, Facet>;
  isCrowded: boolean;
  isChanged: boolean;
}

/** The distinct values of the fields in one segment, each with a number; of the writer. */
export class Facets {
  readonly #fields = new Map<string, Field>();
  #changed: Facet[] = [];
  #nextId = 1;

  constructor(file: SqliteFile) {
    const fields = new Map<number, Field>();
    const ofFields = "select id, name, is_crowded from facet_fields";
    for (const [id, text, isCrowded] of file.rows<[number, string, number]>(ofFields)) {
      const name = JSON.parse(text) as string;
      const field = { id, name, facets: new Map<LogValue, Facet>(), isCrowded: isCrowded === 1, isChanged: false };
      fields.set(id, field);
      this.#fields.set(name, field);
    }
    for (const [id, fieldId, text] of file.rows<[number, number, string]>("select id, field, value from facets")) {
      const field = fields.get(fieldId)!;
      const value = JSON.parse(text) as LogValue;
      field.facets.set(value, { id, field, value, token: `${facetToken(id)} `, added: 0 });
      this.#nextId = Math.max(this.#nextId, id + 1);
    }
  }

  /** Counts an entry. @returns the tokens of its fields, with blanks between them */
  add(entry: LogEntry): string {
    let tokens = "";
    eachField(entry, (name, value) => {
      const field = this.#fieldOf(name);
      const facet = field && this.#facetOf(field, value);
      if (facet === undefined) tokens += `${crowdedToken(field?.id ?? unnamedId)} ${valueToken(value)} `;
      else {
        tokens += facet.token;
        if (facet.added++ === 0) this.#changed.push(facet);
      }
    });
    return tokens;
  }

  /** Writes what has been added since the last call, within the caller's transaction. */
  save(file: SqliteFile): void {
    for (const field of this.#fields.values()) {
      if (!field.isChanged) continue;
      const sql = "insert or replace into facet_fields values (?, ?, ?)";
      file.run(sql, field.id, JSON.stringify(field.name), field.isCrowded ? 1 : 0);
      field.isChanged = false;
    }
    const changes = this.#changed.map(({ id, field, value, added }) => [id, field.id, JSON.stringify(value), added]);
    if (changes.length > 0) file.run(addFacets, JSON.stringify(changes));
    for (const facet of this.#changed) facet.added = 0;
    this.#changed = [];
  }

  #fieldOf(name: string): Field | undefined {
    const known = this.#fields.get(name);
    if (known !== undefined || this.#fields.size >= facetFieldsMax) return known;
    const id = this.#fields.size + 1;
    const field = { id, name, facets: new Map<LogValue, Facet>(), isCrowded: false, isChanged: true };
    this.#fields.set(name, field);
    return field;
  }

  #facetOf(field: Field, value: LogValue): Facet | undefined {
    const known = field.facets.get(value);
    if (known !== undefined || field.isCrowded) return known;
    if (field.facets.size >= facetValuesMax || String(value).length > facetValueCharsMax) {
      field.isCrowded = true;
      field.isChanged = true;
      return undefined;
    }
    const id = this.#nextId++;
    const facet = { id, field, value, token: `${facetToken(id)} `, added: 0 };
    field.facets.set(value, facet);
    return facet;
  }
}

/** What a segment knows of the fields that a query's field means. */
export interface FieldFacets {
  readonly facets: readonly { readonly id: number; readonly value: LogValue; readonly entries: number }[];
  /** Fields of which entries may have values that are not among `facets`. */
  readonly crowdedIds: readonly number[];
  /** Some of these may be other fields, of which the segment does not know the names. */
  readonly mayBeUnnamed: boolean;
}

export function readFacets(file: SqliteFile, field: string): FieldFacets {
  const fields = file.rows<[number, string, number]>("select id, name, is_crowded from facet_fields");
  const meant = fields.filter(([, name]) => isMeant(JSON.parse(name) as string, field));
  const sql = "select id, value, entries from facets where field = ?";
  const facets = meant.flatMap(([id]) =>
    file
      .rows<[number, string, number]>(sql, id)
      .map(([facetId, value, entries]) => ({ id: facetId, value: JSON.parse(value) as LogValue, entries })),
  );
  const crowdedIds = meant.filter(([, , isCrowded]) => isCrowded === 1).map(([id]) => id);
  const mayBeUnnamed = fields.length >= facetFieldsMax;
  return { facets, crowdedIds: mayBeUnnamed ? [...crowdedIds, unnamedId] : crowdedIds, mayBeUnnamed };
}
