import type { Product } from "./catalogue.ts";
import { type Collection, collections } from "./product-kinds.ts";

type Glyph = (colours: Collection) => string;

const rect = (x: number, y: number, w: number, h: number, r: number, fill: string) =>
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="${r}" fill="${fill}"/>`;
const circle = (x: number, y: number, r: number, fill: string) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`;
const oval = (x: number, y: number, rx: number, ry: number, fill: string) =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}"/>`;
const path = (d: string, fill: string) => `<path d="${d}" fill="${fill}"/>`;
const line = (d: string, stroke: string, width: number) =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;

/** One drawing a kind, on a field of 200 by 200 that stands on y = 160. */
const glyphs: Readonly<Record<string, Glyph>> = {
  mug: ({ main, accent, dark }) =>
    line("M128 88c34-4 34 46 0 42", main, 11) +
    path("M62 70h70v66q0 24-24 24H86q-24 0-24-24z", main) +
    rect(62, 104, 70, 14, 0, accent) +
    oval(97, 70, 35, 8, dark),
  kettle: ({ main, accent, dark }) =>
    line("M70 78q30-52 62 0", dark, 8) +
    path("M58 158q-8-74 42-78 52 4 44 78z", main) +
    line("M142 122q26-4 26-34", main, 11) +
    oval(101, 82, 28, 7, accent) +
    circle(101, 73, 6, dark),
  teapot: ({ main, accent, dark }) =>
    line("M60 104c-32-6-32 40 4 36", main, 10) +
    oval(102, 120, 46, 40, main) +
    path("M140 126q20-8 26-36l12 2q-6 42-36 58z", main) +
    path("M72 88q30-22 60 0z", accent) +
    circle(102, 73, 7, dark),
  grinder: ({ main, accent, dark }) =>
    rect(62, 104, 76, 56, 6, main) +
    rect(78, 124, 44, 24, 4, dark) +
    circle(100, 136, 4, accent) +
    path("M72 104q0-34 28-34t28 34z", accent) +
    line("M100 70V50h38", dark, 7) +
    circle(142, 50, 8, main),
  knife: ({ main, accent, dark }) =>
    path("M46 150 128 60q18-16 20 6l-66 74q-14 14-36 10z", "#eef1f3") +
    path("M46 150 128 60l6 4-76 86z", "#cdd4d9") +
    line("M128 76l32-38", main, 17) +
    circle(138, 64, 3, accent) +
    circle(149, 51, 3, dark),
  pan: ({ main, accent, dark }) =>
    line("M128 92l46-44", main, 13) +
    oval(86, 118, 56, 42, dark) +
    oval(86, 114, 46, 33, "#00000033") +
    path("M66 112q4-18 24-16 24 0 22 18-4 16-22 12-26 8-24-14z", "#fff8ee") +
    circle(90, 112, 9, accent),
  board: ({ main, accent, dark }) =>
    rect(54, 62, 84, 98, 12, main) +
    rect(86, 36, 20, 32, 8, main) +
    circle(96, 46, 5, "#ffffffaa") +
    line("M66 86h60M66 112h60M66 138h60", "#00000018", 4) +
    circle(112, 128, 15, dark) +
    circle(112, 128, 11, accent),
  bowl: ({ main, accent, dark }) =>
    circle(82, 88, 17, accent) +
    circle(112, 84, 19, dark) +
    circle(132, 94, 12, accent) +
    path("M44 96h112q-2 64-56 64t-56-64z", main) +
    rect(40, 92, 120, 9, 4, dark),
  "desk-lamp": ({ main, accent, dark }) =>
    oval(84, 156, 36, 7, dark) +
    line("M84 154 72 104l40-44", dark, 7) +
    path("M96 44l42 36 12-26-32-26z", main) +
    path("M138 80l12-26 26 74-64 6z", `${accent}66`) +
    circle(72, 104, 7, accent),
  pendant: ({ main, accent, dark }) =>
    line("M100 0v62", dark, 4) +
    path("M48 122q4-62 52-62t52 62z", main) +
    oval(100, 122, 52, 9, dark) +
    circle(100, 127, 12, accent) +
    path("M52 126h96l26 58H26z", `${accent}44`),
  candle: ({ main, accent, dark }) =>
    path("M100 40q18 24 0 36-18-12 0-36z", accent) +
    line("M100 74v16", dark, 4) +
    rect(64, 88, 72, 72, 10, main) +
    rect(76, 112, 48, 28, 3, "#fffaf2") +
    line("M86 122h28M90 130h20", dark, 3),
  lantern: ({ main, accent, dark }) =>
    line("M74 66q26-50 52 0", dark, 6) +
    path("M64 84l14-20h44l14 20z", main) +
    rect(70, 84, 60, 62, 3, `${accent}88`) +
    path("M100 98q14 20 0 34-14-14 0-34z", "#f28c38") +
    line("M72 84v62M128 84v62", dark, 5) +
    rect(62, 144, 76, 16, 5, main),
  monstera: ({ main, accent, dark }) =>
    line("M100 126V84M100 112 72 78M100 112l30-40", dark, 5) +
    path("M100 86q-34-20-12-58 36 4 24 54l-6-12-4 16z", "#5c8a4a") +
    path("M74 82Q36 84 36 46q36-2 42 30l-12-6z", "#4d7a3f") +
    path("M128 76q-4-38 36-42 8 38-32 46l8-12z", "#6b9a55") +
    path("M68 122h64l-8 38H76z", main) +
    rect(64, 116, 72, 11, 3, accent),
  cactus: ({ main, accent }) =>
    rect(84, 46, 32, 80, 16, "#5f8d5a") +
    line("M84 96H66V74M116 86h18V64", "#5f8d5a", 15) +
    line("M94 60v56M106 60v56", "#ffffff44", 3) +
    circle(100, 46, 8, "#e58aa0") +
    path("M70 122h60l-7 38H77z", main) +
    rect(66, 116, 68, 11, 3, accent),
  planter: ({ main, accent, dark }) =>
    path("M82 96q-20-34 0-56 16 26 6 56zM112 96q-6-34 22-48 8 30-14 48zM96 96q-4-30 6-44 12 18 4 44z", "#6b9a55") +
    path("M54 96h92l-12 50H66z", main) +
    line("M62 112q9 10 19 0t19 0 19 0 19 0", accent, 5) +
    line("M76 146l-8 16M124 146l8 16", dark, 7),
  can: ({ main, accent, dark }) =>
    line("M84 88q18-48 54-16 18 26-6 62", dark, 7) +
    path("M70 92h58l8 68H62z", main) +
    line("M70 138 38 84", main, 10) +
    path("M24 88l26-18 4 9-24 16z", accent) +
    rect(66, 116, 66, 9, 0, accent),
  headphones: ({ main, accent, dark }) =>
    line("M52 124V98a48 48 0 0 1 96 0v26", dark, 10) +
    rect(40, 108, 28, 50, 12, main) +
    rect(132, 108, 28, 50, 12, main) +
    rect(62, 112, 10, 42, 5, accent) +
    rect(128, 112, 10, 42, 5, accent),
  speaker: ({ main, accent, dark }) =>
    rect(60, 34, 80, 126, 12, main) +
    circle(100, 116, 29, dark) +
    circle(100, 116, 17, "#ffffff22") +
    circle(100, 116, 8, accent) +
    circle(100, 64, 14, dark) +
    circle(100, 64, 6, accent),
  turntable: ({ main, accent, dark }) =>
    rect(34, 62, 132, 90, 8, main) +
    circle(88, 107, 38, "#22252a") +
    circle(88, 107, 27, "#33373d") +
    circle(88, 107, 13, accent) +
    circle(88, 107, 3, dark) +
    line("M150 76v36l-26 20", "#f4f4f2", 5) +
    circle(150, 76, 8, dark) +
    rect(44, 152, 18, 8, 2, dark) +
    rect(138, 152, 18, 8, 2, dark),
  radio: ({ main, accent, dark }) =>
    line("M128 74 152 30", dark, 4) +
    rect(40, 72, 120, 88, 12, main) +
    circle(78, 118, 26, dark) +
    line("M64 108h28M62 118h32M64 128h28", "#ffffff33", 3) +
    rect(114, 90, 34, 20, 3, accent) +
    circle(122, 132, 9, dark) +
    circle(144, 132, 7, dark),
  notebook: ({ main, accent, dark }) =>
    rect(64, 42, 82, 118, 5, "#fffaf0") +
    rect(58, 40, 82, 118, 5, main) +
    rect(58, 40, 13, 118, 4, dark) +
    rect(84, 64, 42, 26, 2, accent) +
    line("M126 40v118", dark, 4),
  pens: ({ main, accent, dark }) =>
    line("M86 110 70 38", main, 11) +
    path("M65 40l10-2-8-18z", dark) +
    line("M102 110V32", accent, 11) +
    path("M97 34h10l-5-18z", dark) +
    line("M116 110l16-66", dark, 11) +
    path("M68 96h66l-6 64H74z", main) +
    rect(72, 118, 58, 8, 0, accent),
  clock: ({ main, accent, dark }) =>
    circle(100, 100, 62, main) +
    circle(100, 100, 50, "#fffaf2") +
    line("M100 58v6M100 136v6M58 100h6M136 100h6", dark, 4) +
    line("M100 100V70M100 100l22 14", dark, 6) +
    circle(100, 100, 6, accent),
  poster: ({ main, accent, dark }) =>
    rect(50, 30, 100, 130, 3, dark) +
    rect(56, 36, 88, 118, 0, "#fffaf2") +
    circle(114, 76, 19, accent) +
    path("M56 154v-36q24-30 46-4 18-22 42 2v38z", main) +
    path("M56 154v-16q40-22 88 0v16z", dark),
  cushion: ({ main, accent, dark }) =>
    path("M44 62q56 14 112 0-12 46 0 92-56-12-112 0 12-46 0-92z", main) +
    line("M62 78q38 8 76 0M60 108h80M62 138q38-6 76 0", accent, 6) +
    circle(44, 62, 5, dark) +
    circle(156, 62, 5, dark) +
    circle(44, 154, 5, dark) +
    circle(156, 154, 5, dark),
  blanket: ({ main, accent, dark }) =>
    rect(46, 118, 108, 40, 16, dark) +
    rect(46, 84, 108, 42, 16, main) +
    rect(46, 58, 108, 36, 16, accent) +
    line("M62 70v14M76 70v14", main, 4) +
    line("M138 160v8M126 160v8M114 160v8M102 160v8", dark, 4),
  vase: ({ main, accent, dark }) =>
    line("M96 82Q88 50 66 36M102 82V28M106 82q10-30 30-40", "#5c8a4a", 4) +
    circle(66, 34, 11, accent) +
    circle(102, 26, 12, "#e58aa0") +
    circle(138, 42, 10, accent) +
    path("M86 78h30q-4 22 16 40 10 42-30 42t-32-42q20-18 16-40z", main) +
    line("M74 124q26 12 56 0", dark, 4),
  basket: ({ main, accent, dark }) =>
    line("M66 92q34-70 68 0", dark, 7) +
    path("M48 88h104l-12 72H60z", main) +
    line("M54 108h92M57 126h86M60 144h80", dark, 3) +
    line("M76 90l6 68M100 90v68M124 90l-6 68", accent, 4),
  backpack: ({ main, accent, dark }) =>
    line("M84 52q16-30 32 0", dark, 6) +
    path("M56 160V92q0-42 44-42t44 42v68z", main) +
    rect(68, 108, 64, 44, 8, dark) +
    rect(68, 108, 64, 14, 6, accent) +
    rect(94, 116, 12, 14, 3, main) +
    line("M76 78h48", accent, 5),
  tote: ({ main, accent, dark }) =>
    line("M76 84q2-50 24-50t24 50", dark, 7) +
    path("M52 80h96l8 80H44z", main) +
    circle(100, 122, 21, accent) +
    path("M84 128q16-26 32 0-16 14-32 0z", dark),
  bottle: ({ main, accent, dark }) =>
    rect(86, 26, 28, 22, 5, dark) +
    path("M82 52h36l8 18v76q0 14-14 14H88q-14 0-14-14V70z", main) +
    rect(74, 92, 52, 28, 0, accent) +
    line("M86 70v12", "#ffffff66", 5),
  tent: ({ main, accent, dark }) =>
    path("M100 44 26 158h148z", main) +
    path("M100 44 70 158h60z", dark) +
    path("M100 44 100 158h-30z", accent) +
    line("M100 46 92 34M100 46l8-12", dark, 5) +
    line("M16 160h168", "#00000030", 5),
};

const collectionByName = new Map(collections.map((collection) => [collection.name, collection]));

/** The product's picture: an SVG drawing of its kind in its collection's colours, square. */
export function productPicture(product: Product): string {
  const colours = collectionByName.get(product.collection) ?? collections[0]!;
  const drawing = glyphs[product.kind]?.(colours) ?? "";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" role="img">` +
    `<rect width="200" height="200" fill="${colours.ground}"/>` +
    `<ellipse cx="100" cy="163" rx="66" ry="7" fill="#00000014"/>${drawing}</svg>`
  );
}

/** Whether a kind has a drawing of its own. */
export function hasPicture(kind: string): boolean {
  return kind in glyphs;
}
