import { type Problem, schemaProblems } from "@footfall/base/schema-problems";
import { type ItemMapping, itemFields } from "@footfall/catalogue";
import { changesTopic } from "@footfall/changes";
import { fileInvalid, readYamlFile } from "@footfall/runtime";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { AbsentItems } from "./tenant-catalogue.ts";

/** Where the catalogue of one shop comes from. */
export interface CatalogueSource {
  readonly tenant: string;
  /** `<schema>.<table>`. */
  readonly table: string;
  readonly topic: string;
  readonly mapping: ItemMapping;
  readonly absent: AbsentItems;
}

const FileSchema = Type.Object(
  {
    catalogues: Type.Array(
      Type.Object(
        {
          tenant: Type.String({ pattern: "^[a-z0-9-]{1,64}$", description: "a tenant, as in the file of keys" }),
          table: Type.String({ pattern: "^[^.]+\\.[^.]+$", description: "<schema>.<table>" }),
          columns: Type.Optional(Type.Record(Type.String(), Type.String({ description: "the name of a field" }))),
          otherColumns: Type.Optional(
            Type.Union([Type.Literal("attributes"), Type.Literal("ignored")], { description: "attributes or ignored" }),
          ),
          absent: Type.Optional(
            Type.Union([Type.Literal("allow"), Type.Literal("forbid")], { description: "allow or forbid" }),
          ),
        },
        { additionalProperties: false },
      ),
      { description: "a list of catalogues" },
    ),
  },
  { additionalProperties: false },
);

export type ParsedCatalogues =
  { readonly sources: readonly CatalogueSource[] } | { readonly problems: readonly Problem[] };

/** @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID with every problem */
export async function readCataloguesFile(path: string): Promise<readonly CatalogueSource[]> {
  const parsed = parseCatalogues(await readYamlFile(path));
  if ("problems" in parsed) throw fileInvalid(path, parsed.problems);
  return parsed.sources;
}

/**
 * Reads `catalogues: [{tenant, table, columns?: {<column>: <field>}, otherColumns?, absent?}]`. One table is one shop's
 * catalogue; a shop has one at most.
 */
export function parseCatalogues(file: unknown): ParsedCatalogues {
  const problems: Problem[] = [...schemaProblems(FileSchema, file)];
  if (!Value.Check(FileSchema, file)) return { problems };
  const tenants = new Set<string>();
  const sources = file.catalogues.map((entry, at): CatalogueSource => {
    const { tenant, table, columns = {}, otherColumns = "attributes", absent = "allow" } = entry;
    const place = `catalogues[${at}]`;
    if (tenants.has(tenant)) problems.push({ place: `${place}.tenant`, message: "has a catalogue already" });
    tenants.add(tenant);
    const filled = new Set<string>();
    for (const [column, field] of Object.entries(columns)) {
      if (!itemFields.includes(field) && !/^attr\../.test(field)) {
        const message = `must be ${itemFields.join(", ")} or attr.<name>`;
        problems.push({ place: `${place}.columns.${column}`, message });
      }
      if (filled.has(field)) problems.push({ place: `${place}.columns.${column}`, message: `fills ${field} again` });
      filled.add(field);
    }
    const [schema, name] = table.split(".") as [string, string];
    const mapping = { columns, otherColumns };
    return { tenant, table, topic: changesTopic({ schema, table: name }), mapping, absent };
  });
  return problems.length > 0 ? { problems } : { sources };
}
