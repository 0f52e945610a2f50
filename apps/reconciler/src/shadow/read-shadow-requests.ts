import { openFileSource } from "../open-file-source.ts";
import { parseShadowRequest, type ShadowRequest } from "./shadow-request.ts";

/**
 * The first requests of a file, one a line.
 * @throws AppError INPUT_FILE_MISSING; INPUT_FORMAT_INVALID with the line
 */
export async function readShadowRequests(path: string, requestsMax: number): Promise<readonly ShadowRequest[]> {
  const source = await openFileSource(path, "left");
  const requests: ShadowRequest[] = [];
  try {
    for (let records = await source.next(); records; records = await source.next()) {
      for (const { text, place } of records) {
        if (requests.length === requestsMax) return requests;
        requests.push(parseShadowRequest(text!, place));
      }
    }
    return requests;
  } finally {
    await source.close();
  }
}
