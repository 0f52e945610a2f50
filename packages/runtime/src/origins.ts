import { AppError } from "@footfall/base";

const webOrigin = /^(https?):\/\/([^/?#@\s]+?)(?::(\d{1,5}|\*))?$/;
/** Pages of apps: `capacitor://localhost`, `chrome-extension://…`. */
const appOrigin = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+$/;

/**
 * An entry of a key's `origins` as browsers send origins: lower case, no slash at the end, no default port. `*`, and
 * wildcards for subdomains (`https://*.shop.example`) and ports (`http://localhost:*`), stay.
 * @throws AppError CONFIG_INVALID saying what to write instead
 */
export function normalizeOrigin(text: string): string {
  const origin = text.trim().toLowerCase().replace(/\/+$/, "");
  if (origin === "*" || origin === "null") return origin;
  const [, scheme, host = "", port] = webOrigin.exec(origin) ?? [];
  if (scheme === undefined) {
    if (appOrigin.test(origin) && !/^https?:/.test(origin)) return origin;
    throw unusable(text, suggestion(origin));
  }
  const isWildcard = host.startsWith("*.");
  const name = isWildcard ? host.slice(2) : host;
  const parsed = parseUrl(`${scheme}://${name}${port === undefined || port === "*" ? "" : `:${port}`}`);
  if (name.includes("*") || !parsed) throw unusable(text, suggestion(origin));
  const shownPort = port === "*" ? ":*" : parsed.port && `:${parsed.port}`;
  return `${scheme}://${isWildcard ? "*." : ""}${parsed.hostname}${shownPort}`;
}

/** Whether pages of this origin are on a list of normalised entries. */
export function allowsOrigin(origins: readonly string[], origin: string): boolean {
  if (origins.includes(origin) || origins.includes("*")) return true;
  return origins.some((entry) => entry.includes("*") && matches(entry, origin));
}

function matches(pattern: string, origin: string): boolean {
  const [, scheme, host = "", port] = webOrigin.exec(pattern) ?? [];
  const [, sentScheme, sentHost = "", sentPort] = webOrigin.exec(origin) ?? [];
  if (scheme === undefined || scheme !== sentScheme || (port !== "*" && port !== sentPort)) return false;
  // ".shop.example" with its dot: neither the apex nor `evilshop.example` ends with it.
  return host === sentHost || (host.startsWith("*.") && sentHost.endsWith(host.slice(1)));
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** The nearest thing that could have been meant. */
function suggestion(origin: string): string {
  const [, scheme = "https", host = ""] = /^(?:(https?):\/\/)?([^/?#@\s]*)/.exec(origin) ?? [];
  const named = host.replace(/^\*\.?/, "");
  if (named === "" || named.includes("*")) return "https://shop.example";
  return `${scheme}://${host.startsWith("*") ? "*." : ""}${named}`;
}

function unusable(text: string, instead: string): AppError {
  const message =
    `the origin ${JSON.stringify(text)} is none that a browser sends; write ${JSON.stringify(instead)}. ` +
    "Wildcards stand for subdomains (https://*.shop.example), for ports (http://localhost:*) or for every origin (*).";
  return new AppError("CONFIG_INVALID", message);
}
