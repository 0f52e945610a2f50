import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { AppError } from "@footfall/base";
import { type RequestHandler, Router } from "express";

/** Pages ask again after this long, and get 304 while nothing changed. */
const ageMaxSeconds = 3_600;

/**
 * Serves `/t.js`. The script is read and packed once.
 * @param script  its bytes, or the file that holds them
 * @throws AppError INPUT_FILE_MISSING
 */
export async function trackerScriptRouter(script: Buffer | string): Promise<Router> {
  const plain = typeof script === "string" ? await readScript(script) : script;
  const packed = gzipSync(plain, { level: 9 });
  const tag = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
  const serve: RequestHandler = (request, response) => {
    const isPacked = request.acceptsEncodings("gzip") === "gzip";
    const entityTag = isPacked ? `"${tag}-gz"` : `"${tag}"`;
    response.set({
      "Content-Type": "text/javascript; charset=utf-8",
      "Cache-Control": `public, max-age=${ageMaxSeconds}, must-revalidate`,
      ETag: entityTag,
      Vary: "Accept-Encoding",
      "Access-Control-Allow-Origin": "*",
      "Cross-Origin-Resource-Policy": "cross-origin",
      "X-Content-Type-Options": "nosniff",
    });
    if (request.fresh) {
      response.status(304).end();
      return;
    }
    if (isPacked) response.set("Content-Encoding", "gzip");
    response.send(isPacked ? packed : plain);
  };
  return Router().get("/t.js", serve);
}

async function readScript(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const message = `The tracker script ${file} cannot be read. Build it with: npm run build`;
    throw new AppError("INPUT_FILE_MISSING", message, { cause });
  }
}
