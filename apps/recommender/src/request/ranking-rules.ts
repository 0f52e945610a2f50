import { AppError } from "@footfall/base";
import type { SimilarityModel } from "@footfall/similarity";
import type { GroupCap, ItemFilter, RankingRules } from "@footfall/similarity/serving";
import type { TenantCatalogue } from "../catalogue/tenant-catalogue.ts";
import type { Placement } from "../placements/placement.ts";
import type { RequestedFilter, RequestedRules } from "./requested-rules.ts";

/**
 * The rules of one request: its own and, where it leaves them open, those of its placement. Filters of both must hold.
 * @returns undefined where nothing is asked: ranking is then as without a catalogue
 * @throws AppError REQUEST_INVALID for a filter that cannot be read, and what needs a catalogue where the shop has none
 */
export function rankingRules(
  asked: RequestedRules,
  placement: Placement | undefined,
  catalogue: TenantCatalogue | undefined,
  model: SimilarityModel | undefined,
): RankingRules | undefined {
  if (catalogue === undefined) refuseCatalogueRules(asked);
  const numbers = catalogue?.numbersOf(model);
  const filter = catalogue && filterFor(asked.filter, placement?.filter, catalogue);
  const caps = catalogue ? capsFor(asked, placement, catalogue) : [];
  const diversity = asked.diversity ?? placement?.diversity;
  const rules: { -readonly [Name in keyof RankingRules]: RankingRules[Name] } = {};
  if (numbers) rules.numbers = numbers;
  if (filter) rules.filter = filter;
  if (placement?.denied) rules.denied = placement.denied;
  if (asked.shown) rules.shown = asked.shown;
  if (asked.excludeSeen ?? placement?.excludeSeen) rules.excludeSeen = true;
  if (asked.excludePurchased ?? placement?.excludePurchased) rules.excludePurchased = true;
  if (caps.length > 0) rules.caps = caps;
  const minScore = asked.minScore ?? placement?.minScore;
  if (minScore !== undefined) rules.minScore = minScore;
  if (placement?.sources) rules.sources = placement.sources;
  if (placement?.sessionsShare !== undefined) rules.sessionsShare = placement.sessionsShare;
  if (placement?.eventWeights) rules.eventWeights = placement.eventWeights;
  if (placement?.pins) rules.pins = placement.pins;
  if (catalogue && placement?.boosts) {
    rules.boosts = placement.boosts.map((boost, at) => ({
      matches: catalogue.filterOf(`boost ${placement.id} ${at}`, () => boost.filter).allows,
      factor: boost.factor,
    }));
  }
  if (diversity !== undefined) {
    const { brand, category } = catalogue?.catalogue ?? {};
    const columns = [brand, category].filter((column) => column !== undefined);
    rules.diversity = { lambda: diversity, groupsOf: columns.map((column) => (number) => column.codeOf(number)) };
  }
  const asksSomething = Object.keys(rules).length > (numbers ? 1 : 0);
  return asksSomething ? rules : undefined;
}

function filterFor(
  own: RequestedFilter | undefined,
  ofPlacement: Placement["filter"],
  catalogue: TenantCatalogue,
): ItemFilter | undefined {
  if (own === undefined) {
    if (ofPlacement) return catalogue.filterOf(`placement ${ofPlacement.key}`, () => ofPlacement.filter);
    return catalogue.absent === "forbid" ? catalogue.held : undefined;
  }
  if (ofPlacement === undefined) return catalogue.filterOf(`own ${own.key}`, own.read);
  const key = `both ${ofPlacement.key} ${own.key}`;
  return catalogue.filterOf(key, () => ({ all: [ofPlacement.filter, own.read()] }));
}

function capsFor(asked: RequestedRules, placement: Placement | undefined, { catalogue }: TenantCatalogue): GroupCap[] {
  const caps: GroupCap[] = [];
  const perCategory = asked.perCategory ?? placement?.perCategory;
  const perBrand = asked.perBrand ?? placement?.perBrand;
  const { category, brand } = catalogue;
  if (perCategory !== undefined) caps.push({ max: perCategory, groupOf: (number) => category.codeOf(number) });
  if (perBrand !== undefined) caps.push({ max: perBrand, groupOf: (number) => brand.codeOf(number) });
  return caps;
}

/** Answering as if nothing had been asked would show what the page must not show. */
function refuseCatalogueRules(asked: RequestedRules): void {
  for (const field of ["filter", "perCategory", "perBrand", "fields"] as const) {
    if (asked[field] === undefined) continue;
    const message = `${field} needs a catalogue, and this shop has none: name its table in FOOTFALL_RECOMMENDER_CATALOGUES_FILE.`;
    throw new AppError("REQUEST_INVALID", message, { context: { field } });
  }
}
