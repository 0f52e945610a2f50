import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@footfall/testkit";
import { expect, test } from "vitest";
import { parseCatalogues } from "../src/catalogue/catalogues-file.ts";
import { readCatalogueFiles } from "../src/catalogue-files.ts";
import { parsePlacements } from "../src/placements/placements-file.ts";

test("every problem of a file of placements is told with its place", () => {
  const home = {
    limit: 0,
    filter: { field: "colour", in: ["red"] },
    pins: [
      { itemId: "a", position: 1 },
      { itemId: "a", position: 1 },
    ],
    boosts: [{ filter: { all: [] }, factor: 2 }],
  };
  const forms = parsePlacements({ shops: { demo: { placements: { home: { ...home, perItem: 3 } } }, x: 1 } });
  expect("problems" in forms && forms.problems.map(({ place, message }) => `${place} ${message}`)).toEqual([
    "shops.demo.placements.home.perItem is not known here",
    "shops.demo.placements.home.limit must be a whole number from 1 to 100",
    "shops.x must be an object",
  ]);
  const parsed = parsePlacements({ shops: { demo: { placements: { home: { ...home, limit: 5 } } } } });
  expect("problems" in parsed && parsed.problems.map(({ place }) => place)).toEqual([
    "shops.demo.placements.home.pins[1].position",
    "shops.demo.placements.home.pins[1].itemId",
    "shops.demo.placements.home.filter.field",
    "shops.demo.placements.home.boosts[0].filter.all",
  ]);
});

test("a placement names its sources, parts of the model and what interactions weigh", () => {
  const read = (placement: object) => parsePlacements({ shops: { demo: { placements: { home: placement } } } });
  const eventWeights = { view: 1, cart: 0, purchase: 10 };
  const asked = { sources: ["item", "popular"], model: { sessions: 0.2, neighbors: 0.6 }, eventWeights };
  const parsed = read(asked);
  const home = "shops" in parsed ? parsed.shops.get("demo")?.byName.get("home") : undefined;
  expect(home).toMatchObject({ sources: ["item", "popular"], eventWeights });
  expect(home?.sessionsShare).toBeCloseTo(0.25);
  const wrong = { sources: ["best", "item", "item"], model: { sessions: 2, users: 1 }, eventWeights: { view: -1 } };
  const problems = read(wrong);
  expect("problems" in problems && problems.problems.map(({ place }) => place)).toEqual(
    expect.arrayContaining([
      "shops.demo.placements.home.sources[0]",
      "shops.demo.placements.home.model.sessions",
      "shops.demo.placements.home.model.users",
      "shops.demo.placements.home.eventWeights.view",
    ]),
  );
  const none = read({ model: { sessions: 0 } });
  expect("problems" in none && none.problems.map(({ place }) => place)).toEqual(["shops.demo.placements.home.model"]);
});

test("every problem of a file of catalogues is told with its place", () => {
  const entry = { tenant: "demo", table: "public.products" };
  const parsed = parseCatalogues({
    catalogues: [entry, { ...entry, columns: { sku: "id", a: "attr.x", b: "attr.x" } }],
  });
  expect("problems" in parsed && parsed.problems.map(({ place }) => place)).toEqual([
    "catalogues[1].tenant",
    "catalogues[1].columns.sku",
    "catalogues[1].columns.b",
  ]);
});

test("files are read as YAML; one that is not there, or none, says so", async () => {
  const folder = await temporaryFolder();
  try {
    const placementsFile = join(folder.path, "placements.yml");
    await writeFile(placementsFile, "shops:\n  demo:\n    deny: [a]\n    placements:\n      home: { limit: 3 }\n");
    const { placements } = await readCatalogueFiles({ cataloguesFile: "", placementsFile });
    expect(placements?.get("demo")?.byName.get("home")).toMatchObject({ limit: 3 });
    expect(placements?.get("demo")?.other?.denied?.itemIds).toEqual(["a"]);
    await writeFile(placementsFile, "shops: [");
    await expect(readCatalogueFiles({ cataloguesFile: "", placementsFile })).rejects.toThrow(/is not YAML/);
    const missing = { cataloguesFile: join(folder.path, "none.yml"), placementsFile: "" };
    await expect(readCatalogueFiles(missing)).rejects.toMatchObject({ code: "INPUT_FILE_MISSING" });
  } finally {
    await folder.remove();
  }
});
