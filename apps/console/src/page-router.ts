import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Router } from "express";
import { navigation, pages } from "./navigation.ts";
import { securityHeaders } from "./security-headers.ts";
import type { Link } from "./status.ts";

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const require = createRequire(import.meta.url);
/** Of npm packages, as they come: a module that imports nothing by a bare name runs in a browser without a build. */
const vendorFiles = [
  {
    path: "/console/vendor/preact.js",
    file: new URL("standalone.module.js", pathToFileURL(require.resolve("htm/preact"))),
  },
  { path: "/console/vendor/uplot.js", file: pathToFileURL(require.resolve("uplot/dist/uPlot.esm.js")) },
  { path: "/console/vendor/uplot.css", file: pathToFileURL(require.resolve("uplot/dist/uPlot.min.css")) },
];

/** Pages at their own addresses, each with the navigation in its place; their scripts and styles below `/console`. */
export async function pageRouter(links: () => readonly Link[]): Promise<Router> {
  const router = Router();
  const folder = new URL("../page/", import.meta.url);
  for (const { href, file } of pages) {
    const html = await readFile(new URL(file, folder), "utf8");
    router.get(href, (_request, response) => {
      const filled = html.replace("<!-- navigation -->", () => navigation(href, links()));
      response.set(securityHeaders).set("Cache-Control", "no-cache").type("html").send(filled);
    });
  }
  const names = await readdir(fileURLToPath(folder), { recursive: true });
  const own = names.map((name) => ({ path: `/console/${name.replaceAll("\\", "/")}`, file: new URL(name, folder) }));
  for (const { path, file } of [...own, ...vendorFiles]) {
    const type = types[extname(path)];
    if (type === undefined) continue;
    const content = await readFile(file);
    router.get(path, (_request, response) => {
      response.set(securityHeaders).set("Cache-Control", "no-cache").type(type).send(content);
    });
  }
  return router;
}
