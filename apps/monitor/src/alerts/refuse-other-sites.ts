import { AppError } from "@footfall/base";
import type { RequestHandler } from "express";

/**
 * Refuses changes that a page of another site asks for in the name of whoever has it open. Programs send neither
 * header, and are let through. Another port of the same host is another site here.
 * @throws AppError REQUEST_CROSS_SITE; REQUEST_INVALID for a body that a plain form could have sent
 */
export const refuseOtherSites: RequestHandler = (request, _response, next) => {
  const site = request.get("Sec-Fetch-Site");
  const isOwn = site === undefined ? isOwnOrigin(request.get("Origin"), request.get("Host")) : ownSites.has(site);
  if (!isOwn) {
    const message = "This change was asked for by a page of another site. Make it on the Alerts page, or by a command.";
    throw new AppError("REQUEST_CROSS_SITE", message);
  }
  if (request.method === "POST" && !request.is("application/json")) {
    throw new AppError("REQUEST_INVALID", "The body must be JSON, sent with Content-Type: application/json.");
  }
  next();
};

const ownSites = new Set(["same-origin", "none"]);

function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
