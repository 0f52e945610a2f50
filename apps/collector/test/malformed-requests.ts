import { gzipSync } from "node:zlib";
import { type Random, uuidv7 } from "@footfall/base";

export interface MalformedRequest {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const fields = [
  ..."eventId name visitorId sessionId seq occurredAtMs userId page_location page_referrer page_title".split(" "),
  ..."search_term item_list_id transaction_id currency value tax coupon items recommendation".split(" "),
  ..."extra __proto__ constructor".split(" "),
];
const itemFields = "item_id item_name item_category2 price quantity index discount currency colour __proto__".split(
  " ",
);
const frameFields = ["sentAtMs", "events", "key", "more"];
/** As JSON, so that what no value of ours can be written as is among them. */
const oddValues = [
  ..."null true -1 0.5 1e18 1e999 -0 12345678901234567890 8640000000000000 253402300800000 {} [] [[]] [null]".split(
    " ",
  ),
  ...'"" " " "null" "NaN" "19,90" "1,234" "1e18" "eur" "1795391999000" "\\ud83d" "a\\u0000" "\\udc00x"'.split(/ (?=")/),
  '{"a":{"b":[1,{}]}}',
  JSON.stringify("x".repeat(3_000)),
  JSON.stringify(`${"x".repeat(511)}😀`),
  `${"[".repeat(2_000)}${"]".repeat(2_000)}`,
];
const bytes = ['"', "{", "}", "[", "]", ",", ":", "\\", "\u0000", "e", "9", "-", "\ufeff", "é"].map((one) =>
  Buffer.from(one),
);
const encodings = ["Identity", "", "gzip", "X-GZIP", "br", "gzip, gzip"];

/** Requests that began as valid ones, each mutated in one to three places; the same for the same seed. */
export function malformedRequests(random: Random, nowMs: number): () => MalformedRequest {
  const upTo = (count: number): number => Math.floor(random() * count);
  const one = <T>(choices: readonly T[]): T => choices[upTo(choices.length)]!;

  const member = (name: string, json: string): string => `${JSON.stringify(name)}:${json}`;
  /** Sets, repeats or removes a member of an object that is written out. */
  const mutateMembers = (members: string[], names: readonly string[]): void => {
    const at = upTo(members.length);
    const kind = upTo(4);
    if (kind === 0) members.splice(at, 1);
    else members.splice(at, kind === 1 ? 1 : 0, member(one(names), one(oddValues)));
  };

  function eventText(mutations: number): string {
    const item = [member("item_id", '"sku-1"'), member("price", "19.9"), member("quantity", "1")];
    const members = [
      member("eventId", JSON.stringify(uuidv7(nowMs, random))),
      member("name", '"view_item"'),
      member("visitorId", JSON.stringify(`visitor-${upTo(1_000)}`)),
      member("sessionId", '"session-1"'),
      member("occurredAtMs", String(nowMs - upTo(10_000))),
      member("page_title", '"Käse"'),
    ];
    for (let count = 0; count < mutations; count += 1) {
      if (random() < 0.4) mutateMembers(item, itemFields);
      else mutateMembers(members, fields);
    }
    members.push(member("items", `[{${item.join(",")}}]`));
    return `{${members.join(",")}}`;
  }

  function damage(body: Buffer): Buffer {
    const at = upTo(body.length);
    const kind = upTo(4);
    if (kind === 0) return body.subarray(0, at);
    const cut = kind === 1 ? upTo(20) : kind === 2 ? 1 : 0;
    return Buffer.concat([body.subarray(0, at), one([...bytes, Buffer.from([upTo(256)])]), body.subarray(at + cut)]);
  }

  return () => {
    const mutations = 1 + upTo(3);
    const events = Array.from({ length: 1 + upTo(3) }, () => eventText(upTo(mutations + 1)));
    const frame = [member("sentAtMs", String(nowMs)), member("events", `[${events.join(",")}]`)];
    if (random() < 0.1) mutateMembers(frame, frameFields);
    let body: Buffer = Buffer.from(`{${frame.join(",")}}`);
    if (random() < 0.3) for (let count = 0; count < mutations; count += 1) body = damage(body);
    if (random() < 0.05) body = Buffer.concat([Buffer.from("\ufeff"), body]);
    if (random() >= 0.1) return { body, headers: {} };
    const encoding = one(encodings);
    const isPacked = encoding.toLowerCase().endsWith("gzip") && random() < 0.9;
    const packed = isPacked ? gzipSync(body) : body;
    const isDamaged = isPacked && random() < 0.5;
    return { body: isDamaged ? damage(packed) : packed, headers: { "Content-Encoding": encoding } };
  };
}
