/** What the shop sells: eight categories of four kinds each. `pairsWith` names the kinds that people buy together. */
export interface ProductKind {
  readonly slug: string;
  readonly noun: string;
  readonly category: string;
  readonly materials: readonly [string, string];
  /** Price range in cents. */
  readonly priceMin: number;
  readonly priceMax: number;
  readonly pairsWith: readonly string[];
  readonly purpose: string;
}

type Row = [
  slug: string,
  noun: string,
  materials: [string, string],
  priceMin: number,
  priceMax: number,
  pairsWith: string[],
  purpose: string,
];

const rowsByCategory: Readonly<Record<string, readonly Row[]>> = {
  "Coffee & tea": [
    ["mug", "mug", ["stoneware", "enamel"], 1200, 2600, ["teapot", "kettle", "board"], "a slow first cup"],
    ["kettle", "kettle", ["steel", "copper"], 5900, 12900, ["mug", "teapot", "grinder"], "water at the right moment"],
    [
      "teapot",
      "teapot",
      ["porcelain", "cast-iron"],
      3400,
      7900,
      ["mug", "kettle", "bowl"],
      "two more cups than planned",
    ],
    [
      "grinder",
      "coffee grinder",
      ["walnut", "steel"],
      4900,
      9900,
      ["kettle", "mug", "bottle"],
      "fresh grounds, by hand",
    ],
  ],
  Kitchen: [
    [
      "knife",
      "chef's knife",
      ["carbon-steel", "damask"],
      6900,
      15900,
      ["board", "pan", "bowl"],
      "everything from herbs to squash",
    ],
    [
      "pan",
      "frying pan",
      ["cast-iron", "copper"],
      4900,
      11900,
      ["knife", "board", "bowl"],
      "eggs on weekdays, steak on Sundays",
    ],
    ["board", "cutting board", ["oak", "walnut"], 2900, 6900, ["knife", "bowl", "pan"], "prep, serving and bread"],
    ["bowl", "serving bowl", ["stoneware", "ash"], 2400, 5900, ["board", "teapot", "vase"], "salad for six"],
  ],
  Lighting: [
    [
      "desk-lamp",
      "desk lamp",
      ["brass", "powder-coated"],
      7900,
      16900,
      ["notebook", "clock", "pens"],
      "late pages and early letters",
    ],
    [
      "pendant",
      "pendant light",
      ["linen", "spun-steel"],
      8900,
      19900,
      ["vase", "clock", "poster"],
      "a warm pool above the table",
    ],
    [
      "candle",
      "scented candle",
      ["soy-wax", "beeswax"],
      1900,
      3900,
      ["vase", "blanket", "cushion"],
      "forty quiet evenings",
    ],
    ["lantern", "lantern", ["tin", "glass"], 3900, 8900, ["tent", "bottle", "blanket"], "the garden table after ten"],
  ],
  Plants: [
    ["monstera", "monstera", ["potted", "large"], 2900, 6900, ["planter", "can", "vase"], "a corner that looked empty"],
    ["cactus", "cactus", ["potted", "grafted"], 1200, 2900, ["planter", "monstera", "can"], "forgetful owners"],
    [
      "planter",
      "planter",
      ["terracotta", "concrete"],
      1900,
      4900,
      ["monstera", "cactus", "can"],
      "roots that need room",
    ],
    [
      "can",
      "watering can",
      ["zinc", "brass"],
      2900,
      5900,
      ["planter", "monstera", "cactus"],
      "the far end of the shelf",
    ],
  ],
  Audio: [
    [
      "headphones",
      "headphones",
      ["over-ear", "wireless"],
      9900,
      29900,
      ["speaker", "backpack", "turntable"],
      "trains, planes and open offices",
    ],
    [
      "speaker",
      "speaker",
      ["oak", "fabric"],
      8900,
      24900,
      ["turntable", "headphones", "radio"],
      "a room, not a neighbourhood",
    ],
    [
      "turntable",
      "turntable",
      ["belt-drive", "walnut"],
      19900,
      44900,
      ["speaker", "headphones", "poster"],
      "side A, then side B",
    ],
    [
      "radio",
      "kitchen radio",
      ["digital", "analogue"],
      6900,
      14900,
      ["speaker", "clock", "mug"],
      "news with the porridge",
    ],
  ],
  "Desk & paper": [
    [
      "notebook",
      "notebook",
      ["linen-bound", "dotted"],
      1400,
      2900,
      ["pens", "desk-lamp", "backpack"],
      "plans that change",
    ],
    [
      "pens",
      "pen set",
      ["brass", "wooden"],
      1900,
      4900,
      ["notebook", "clock", "tote"],
      "signatures and shopping lists",
    ],
    [
      "clock",
      "wall clock",
      ["birch", "steel"],
      3900,
      8900,
      ["poster", "desk-lamp", "pendant"],
      "being only slightly late",
    ],
    ["poster", "art print", ["riso", "giclée"], 2400, 5900, ["clock", "vase", "pendant"], "the wall above the sofa"],
  ],
  Home: [
    ["cushion", "cushion", ["wool", "linen"], 2900, 5900, ["blanket", "candle", "vase"], "the reading end of the sofa"],
    ["blanket", "blanket", ["merino", "cotton"], 5900, 13900, ["cushion", "candle", "mug"], "evenings that cool down"],
    ["vase", "vase", ["glass", "stoneware"], 2400, 6900, ["candle", "bowl", "poster"], "three stems are enough"],
    [
      "basket",
      "basket",
      ["seagrass", "willow"],
      2900,
      6900,
      ["blanket", "cushion", "planter"],
      "everything without a place",
    ],
  ],
  "Bags & outdoor": [
    ["backpack", "backpack", ["waxed", "canvas"], 7900, 15900, ["bottle", "notebook", "tent"], "a laptop or a weekend"],
    ["tote", "tote bag", ["canvas", "leather"], 2400, 8900, ["notebook", "bottle", "backpack"], "market days"],
    [
      "bottle",
      "insulated bottle",
      ["steel", "copper"],
      2400,
      4900,
      ["backpack", "tent", "tote"],
      "cold for a day, hot for half",
    ],
    [
      "tent",
      "two-person tent",
      ["ultralight", "cotton"],
      19900,
      42900,
      ["lantern", "backpack", "bottle"],
      "two people who like each other",
    ],
  ],
};

export const categories: readonly string[] = Object.keys(rowsByCategory);

export const productKinds: readonly ProductKind[] = Object.entries(rowsByCategory).flatMap(([category, rows]) =>
  rows.map(([slug, noun, materials, priceMin, priceMax, pairsWith, purpose]) => ({
    slug,
    noun,
    category,
    materials,
    priceMin,
    priceMax,
    pairsWith,
    purpose,
  })),
);

/** A maker's line: its colours run through all kinds. */
export interface Collection {
  readonly name: string;
  readonly brand: string;
  readonly main: string;
  readonly accent: string;
  readonly dark: string;
  readonly ground: string;
}

export const collections: readonly Collection[] = [
  { name: "Fjord", brand: "Nordhavn", main: "#4f7f9b", accent: "#e2b868", dark: "#24475a", ground: "#dde9ef" },
  { name: "Terra", brand: "Casa Ocra", main: "#c4683f", accent: "#f0d2a8", dark: "#6d3119", ground: "#f6e5d8" },
  { name: "Moss", brand: "Nordhavn", main: "#6f8a4f", accent: "#e6d9a2", dark: "#3b4d28", ground: "#e6ecdb" },
  { name: "Ember", brand: "Atelier Roux", main: "#b5403c", accent: "#f2b36b", dark: "#5b1d20", ground: "#f7e0da" },
  { name: "Dune", brand: "Casa Ocra", main: "#c9a063", accent: "#f3e4c4", dark: "#6f5427", ground: "#f5ecdb" },
  { name: "Midnight", brand: "Studio Vesper", main: "#3d4675", accent: "#d9b45f", dark: "#1c2142", ground: "#dfe1ef" },
  { name: "Petal", brand: "Atelier Roux", main: "#cf7f8e", accent: "#f7dcc9", dark: "#7d3a49", ground: "#f9e6e9" },
  { name: "Lagoon", brand: "Marlowe & Finch", main: "#3e9a94", accent: "#f1cf8e", dark: "#1b5552", ground: "#dbf0ee" },
  { name: "Slate", brand: "Studio Vesper", main: "#6d747c", accent: "#e0a458", dark: "#343a40", ground: "#e6e8ea" },
  { name: "Saffron", brand: "Marlowe & Finch", main: "#d99a2b", accent: "#fbeac4", dark: "#7a5310", ground: "#fbf0d9" },
];
