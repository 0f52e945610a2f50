import { Router } from "express";
import { docsPage, docsSecurityPolicy } from "./docs-page.ts";
import { type OpenApiFragment, openApiDocument } from "./open-api-document.ts";

/** `/openapi.json`, and the same for people at `/docs`. */
export function docsRouter(fragments: readonly OpenApiFragment[]): Router {
  const document = openApiDocument(fragments);
  const page = docsPage(document);
  const router = Router();
  router.get("/openapi.json", (_request, response) => {
    response.set("Access-Control-Allow-Origin", "*").json(document);
  });
  router.get("/docs", (_request, response) => {
    response.set("Content-Security-Policy", docsSecurityPolicy).type("html").send(page);
  });
  return router;
}
