import { type CatalogueSource, readCataloguesFile } from "./catalogue/catalogues-file.ts";
import type { ShopPlacements } from "./placements/placement.ts";
import { readPlacementsFile } from "./placements/placements-file.ts";

/**
 * Reads both files; an empty path is one that is not there.
 * @throws AppError INPUT_FILE_MISSING, INPUT_FORMAT_INVALID with every problem
 */
export async function readCatalogueFiles(files: {
  readonly cataloguesFile: string;
  readonly placementsFile: string;
}): Promise<{ catalogueSources?: readonly CatalogueSource[]; placements?: ReadonlyMap<string, ShopPlacements> }> {
  const { cataloguesFile, placementsFile } = files;
  return {
    ...(cataloguesFile !== "" && { catalogueSources: await readCataloguesFile(cataloguesFile) }),
    ...(placementsFile !== "" && { placements: await readPlacementsFile(placementsFile) }),
  };
}
