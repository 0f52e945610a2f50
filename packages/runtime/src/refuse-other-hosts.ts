import { isIP } from "node:net";
import { AppError } from "@footfall/base";
import type { RequestHandler } from "express";

export interface OperatorNames {
  /** Where the operator's server listens. */
  readonly operatorHost: string;
  /** Further names, with commas between them. */
  readonly operatorHostNames: string;
}

/**
 * Refuses requests that were meant for another host. A page of another site can have its own name point here (DNS
 * rebinding), and would read every shop through the browser of an operator; it cannot choose what its browser says in
 * `Host`. No name points to what an address says, and browsers keep `localhost` for this machine.
 * @throws AppError REQUEST_HOST_UNKNOWN
 */
export function refuseOtherHosts({ operatorHost, operatorHostNames }: OperatorNames): RequestHandler {
  const names = new Set([operatorHost, ...operatorHostNames.split(",")].map(plainName));
  return (request, _response, next) => {
    const host = request.get("Host");
    // Only programs of HTTP/1.0 send none.
    if (host === undefined || isOwn(hostNameOf(host), names)) return next();
    const message =
      `The operator's address is not known as ${JSON.stringify(host.slice(0, 256))}. Ask by IP address or localhost, ` +
      "or add the name to FOOTFALL_OPERATOR_HOST_NAMES and start again.";
    throw new AppError("REQUEST_HOST_UNKNOWN", message);
  };
}

function isOwn(name: string, names: ReadonlySet<string>): boolean {
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0 || (name !== "" && names.has(name));
}

/** Without its port and the brackets of IPv6. */
function hostNameOf(host: string): string {
  const [, address, name = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return address !== undefined ? (isIP(address) === 6 ? address : "") : plainName(name);
}

/** A dot at the end says that the name is whole. */
function plainName(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, "");
}
