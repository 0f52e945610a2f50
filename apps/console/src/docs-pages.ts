import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Router } from "express";
import MarkdownIt from "markdown-it";
import { navigation } from "./navigation.ts";
import { securityHeaders } from "./security-headers.ts";
import type { Link } from "./status.ts";

const docsFolder = new URL("../../../docs/", import.meta.url);
const template = new URL("../page/docs.html", import.meta.url);
/** Raw HTML in a page stays text. */
const markdown = new MarkdownIt({ html: false });

/**
 * The pages of `docs` that this release came with, at their own paths (`/docs/runbook/README.md`), so that an alert's
 * annotation `runbook_url` leads there, and links between pages hold.
 */
export async function docsPages(links: () => readonly Link[]): Promise<Router> {
  const router = Router();
  const html = await readFile(template, "utf8");
  for (const name of await pageNames()) {
    router.get(`/docs/${name}`, async (_request, response) => {
      const text = await readFile(new URL(name, docsFolder), "utf8");
      const filled = html
        .replace("<!-- navigation -->", () => navigation("", links()))
        .replace("<!-- document -->", () => markdown.render(text));
      response.set(securityHeaders).set("Cache-Control", "no-cache").type("html").send(filled);
    });
  }
  return router;
}

/** None where the docs were left out of an image. */
async function pageNames(): Promise<readonly string[]> {
  const names = await readdir(fileURLToPath(docsFolder), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.map((name) => name.replaceAll("\\", "/")).filter((name) => /^[\w./-]+\.md$/.test(name));
}
