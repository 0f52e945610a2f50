import { type Problem, schemaProblems } from "@footfall/base/schema-problems";
import { type Filter, parseFilter } from "@footfall/catalogue";
import { fileInvalid, readYamlFile } from "@footfall/runtime";
import { askedSources, DeniedItems } from "@footfall/similarity/serving";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { limitMax } from "../request/recommendation-query.ts";
import { requestBounds } from "../request/requested-rules.ts";
import { ruleFields, share } from "../request/rule-fields.ts";
import type { Placement, ShopPlacements } from "./placement.ts";

export const placementBounds = {
  /** Items of a deny-list. */
  deniedMax: 100_000,
  pinsMax: 20,
  boostsMax: 20,
  factorMin: 0.01,
  factorMax: 100,
} as const;

const itemId = Type.String({ minLength: 1, maxLength: 128, description: "an item's id" });
const denied = Type.Array(itemId, { maxItems: placementBounds.deniedMax, description: "a list of items' ids" });
const position = Type.Integer({ minimum: 1, maximum: limitMax, description: `a position from 1 to ${limitMax}` });
const factor = Type.Number({
  minimum: placementBounds.factorMin,
  maximum: placementBounds.factorMax,
  description: `a factor from ${placementBounds.factorMin} to ${placementBounds.factorMax}`,
});
const strict = { additionalProperties: false };
/** Weights of the model's parts; only their ratio counts. */
const model = Type.Object(
  { sessions: Type.Optional(share), neighbors: Type.Optional(share) },
  { ...strict, description: "weights of sessions and neighbors" },
);
const eventWeight = Type.Number({
  minimum: 0,
  maximum: placementBounds.factorMax,
  description: `a number from 0 to ${placementBounds.factorMax}`,
});

const PlacementSchema = Type.Object(
  {
    ...ruleFields,
    fields: Type.Optional(
      Type.Array(Type.String(), { maxItems: requestBounds.fieldsMax, description: "a list of fields" }),
    ),
    sources: Type.Optional(
      Type.Array(
        Type.Union(
          askedSources.map((source) => Type.Literal(source)),
          { description: `one of ${askedSources.join(", ")}` },
        ),
        { minItems: 1, uniqueItems: true, description: "a list of sources, each once" },
      ),
    ),
    model: Type.Optional(model),
    eventWeights: Type.Optional(Type.Object({ view: eventWeight, cart: eventWeight, purchase: eventWeight }, strict)),
    deny: Type.Optional(denied),
    pins: Type.Optional(
      Type.Array(Type.Object({ itemId, position }, strict), {
        maxItems: placementBounds.pinsMax,
        description: "a list of pins",
      }),
    ),
    boosts: Type.Optional(
      Type.Array(Type.Object({ filter: Type.Unknown(), factor }, strict), {
        maxItems: placementBounds.boostsMax,
        description: "a list of boosts",
      }),
    ),
  },
  strict,
);
const ShopSchema = Type.Object(
  { deny: Type.Optional(denied), placements: Type.Optional(Type.Record(Type.String(), PlacementSchema)) },
  strict,
);
const FileSchema = Type.Object({ shops: Type.Record(Type.String(), ShopSchema) }, strict);
type PlacementEntry = Static<typeof PlacementSchema>;

export type ParsedPlacements =
  { readonly shops: ReadonlyMap<string, ShopPlacements> } | { readonly problems: readonly Problem[] };

/** @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID with every problem */
export async function readPlacementsFile(path: string): Promise<ReadonlyMap<string, ShopPlacements>> {
  const parsed = parsePlacements(await readYamlFile(path));
  if ("problems" in parsed) throw fileInvalid(path, parsed.problems);
  return parsed.shops;
}

/** Reads `shops: {<tenant>: {deny?, placements?: {<name>: …}}}`; every problem is told with its place. */
export function parsePlacements(file: unknown): ParsedPlacements {
  const problems = [...schemaProblems(FileSchema, file)];
  if (!Value.Check(FileSchema, file)) return { problems };
  const shops = new Map<string, ShopPlacements>();
  for (const [tenant, { deny = [], placements = {} }] of Object.entries(file.shops)) {
    const byName = new Map<string, Placement>();
    for (const [name, entry] of Object.entries(placements)) {
      const place = `shops.${tenant}.placements.${name}`;
      byName.set(name, placementOf(entry, deny, `${tenant}/${name}`, place, problems));
    }
    const other = deny.length === 0 ? undefined : { id: `${tenant}/`, denied: new DeniedItems(deny) };
    shops.set(tenant, { byName, other });
  }
  return problems.length > 0 ? { problems } : { shops };
}

function placementOf(
  entry: PlacementEntry,
  shopDeny: readonly string[],
  id: string,
  place: string,
  problems: Problem[],
): Placement {
  const { filter, boosts, deny = [], pins, model: parts, ...plain } = entry;
  const read = (value: unknown, at: string): Filter => {
    const parsed = parseFilter(value, `${place}.${at}`);
    if ("filter" in parsed) return parsed.filter;
    problems.push(...parsed.problems);
    return { all: [] };
  };
  for (const [at, pin] of (pins ?? []).entries()) {
    const before = pins!.slice(0, at);
    const isTaken = before.some(({ position: other }) => other === pin.position);
    const isPinned = before.some(({ itemId: other }) => other === pin.itemId);
    if (isTaken) problems.push({ place: `${place}.pins[${at}].position`, message: "is taken by another pin" });
    if (isPinned) problems.push({ place: `${place}.pins[${at}].itemId`, message: "is pinned already" });
  }
  const { sessions = 0, neighbors = 0 } = parts ?? {};
  if (parts && sessions + neighbors === 0) problems.push({ place: `${place}.model`, message: "has no weight above 0" });
  const denies = [...shopDeny, ...deny];
  return {
    ...plain,
    id,
    ...(filter !== undefined && { filter: { filter: read(filter, "filter"), key: id } }),
    ...(boosts && {
      boosts: boosts.map((boost, at) => ({ filter: read(boost.filter, `boosts[${at}].filter`), factor: boost.factor })),
    }),
    ...(pins && { pins }),
    ...(parts && { sessionsShare: sessions / (sessions + neighbors) }),
    ...(denies.length > 0 && { denied: new DeniedItems(denies) }),
  };
}
