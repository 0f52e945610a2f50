import { AppError } from "@footfall/base";

/** A request of `/recommendations`, as it is sent to both sides. */
export interface ShadowRequest {
  /** Path and query, without the shop's key. */
  readonly path: string;
  /** Sent as a header, so that it stands in no address; absent where the request has none. */
  readonly key?: string;
  /** JSON of a POST. */
  readonly body?: string;
}

const route = "/recommendations";

/**
 * A line of a file of requests: a path as it is (`/recommendations?itemId=a`), the same as JSON text, or
 * `{"path": "…", "body": {…}}` for a POST. Only `/recommendations` is taken: asking there changes nothing.
 * @throws AppError INPUT_FORMAT_INVALID with the place
 */
export function parseShadowRequest(line: string, place: string): ShadowRequest {
  const fail = (message: string): never => {
    throw new AppError("INPUT_FORMAT_INVALID", `${place}: ${message}`, { context: { place } });
  };
  const { path, body } = readLine(line.trim(), fail);
  if (typeof path !== "string" || !/^\/[!-~]*$/.test(path) || path.startsWith("//")) {
    return fail(`a request is a path like ${route}?itemId=a, escaped as in an address, or {"path": "…", "body": {…}}.`);
  }
  const { pathname, searchParams } = new URL(path, "http://side");
  if (pathname !== route) return fail(`only ${route} is asked, not ${pathname}: other addresses may change something.`);
  if (body !== undefined && (typeof body !== "object" || body === null || Array.isArray(body))) {
    return fail("the body must be a JSON object.");
  }
  return shadowRequest(path, searchParams.get("key") || undefined, body);
}

export function shadowRequest(path: string, key: string | undefined, body?: object): ShadowRequest {
  return {
    path: withoutKey(path),
    ...(key !== undefined && { key }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

/** The path as it came but for `key`: other parameters keep their writing, which a recommender may tell apart. */
function withoutKey(path: string): string {
  const [pathname = "", query = ""] = path.split(/\?(.*)/s, 2);
  const kept = query.split("&").filter((parameter) => parameter !== "" && !/^key(=|$)/.test(parameter));
  return kept.length > 0 ? `${pathname}?${kept.join("&")}` : pathname;
}

function readLine(line: string, fail: (message: string) => never): { readonly path: unknown; readonly body?: unknown } {
  if (line.startsWith("/")) return { path: line };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return fail("it is neither a path nor JSON.");
  }
  if (typeof value !== "object" || value === null) return { path: value };
  const { path, body } = value as Record<string, unknown>;
  return { path, body };
}
