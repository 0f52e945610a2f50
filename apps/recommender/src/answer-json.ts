import type { Reason, RecommendationResponse } from "@footfall/similarity/serving";

/** Characters that JSON takes as they are; an id of these alone needs no escaping. */
const plain = /^[\w .:,;/+@~!*()[\]{}<>=#$%&'?^|`-]*$/;

/**
 * The answer as JSON. Written by hand because it is a third of a request's cost when `JSON.stringify` does it.
 * @param fieldsOf  JSON of what is shown of an item beside
 */
export function answerJson(response: RecommendationResponse, fieldsOf?: (itemId: string) => string): string {
  const { requestId, modelVersion, placement, items, filtered, fallback, cursor } = response;
  let json = `{"requestId":"${requestId}","modelVersion":${modelVersion === null ? "null" : quoted(modelVersion)},`;
  json += `"placement":${quoted(placement)},"items":[`;
  for (let at = 0; at < items.length; at++) {
    const { itemId, score, source, because } = items[at]!;
    json += `${at === 0 ? "" : ","}{"itemId":${quoted(itemId)},"score":${shortened(score)},"source":"${source}"`;
    if (because !== undefined) json += `,"because":[${because.map(reasonJson).join(",")}]`;
    json += fieldsOf === undefined ? "}" : `,"fields":${fieldsOf(itemId)}}`;
  }
  json += "]";
  if (filtered !== undefined) json += `,"filtered":${filtered},"fallback":${fallback === true}`;
  if (cursor !== undefined) json += `,"cursor":${cursor === null ? "null" : quoted(cursor)}`;
  return `${json}}`;
}

function reasonJson({ share, llr, ...reason }: Reason): string {
  return JSON.stringify({ ...reason, share: shortened(share), llr: shortened(llr) });
}

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Six digits are plenty for a score, and a short number is quicker to write. Never 0, since a score is above it. */
function shortened(score: number): number {
  return score >= 0.001 ? Math.round(score * 1e6) / 1e6 : Number(score.toPrecision(4));
}
