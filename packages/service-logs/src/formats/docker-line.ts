import { isObject } from "./flatten.ts";

/** What Docker's `json-file` driver keeps of a line that a container wrote. */
export interface DockerLine {
  /** As the container wrote it, without the line's end. */
  readonly line: string;
  readonly writtenAtMs: number;
  readonly stream: string;
}

/**
 * Unpacks a line of a `…-json.log`: `{"log":"…\n","stream":"stdout","time":"2026-11-29T12:00:00.123456789Z"}`;
 * undefined where it is none. What a container writes in lines of more than 16 KiB stands there in parts, each without
 * a `\n`.
 */
export function readDockerLine(text: string): DockerLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { log, stream, time } = value;
  const writtenAtMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
  if (typeof log !== "string" || typeof stream !== "string" || !(writtenAtMs >= 0)) return undefined;
  return { line: log.replace(/\r?\n$/, ""), writtenAtMs, stream };
}
