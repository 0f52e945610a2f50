import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { type Random, seededRandom } from "@footfall/base";

/** Share of lines with one of the rare things that somebody looks for. */
const rareEvery = 100_000;

export interface AccessLogOptions {
  readonly path: string;
  readonly lines: number;
  readonly startMs: number;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const agents = [
  "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.107 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:26.0) Gecko/20100101 Firefox/26.0",
  "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://bot.example/about.html)",
];
const parts = ["shop", "cart", "checkout", "static", "images", "search", "account", "help"];

const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)]!;

/** Writes an access log in Apache's combined format, 200 lines a second of its time; the same for the same options. */
export async function writeAccessLog({ path, lines, startMs }: AccessLogOptions): Promise<number> {
  const random = seededRandom(5);
  const out = createWriteStream(path);
  let text = "";
  let bytes = 0;
  for (let at = 0; at < lines; at += 1) {
    text += `${accessLine(at, startMs + at * 5, random)}\n`;
    if (text.length < 1 << 20 && at < lines - 1) continue;
    bytes += text.length;
    if (!out.write(text)) await once(out, "drain");
    text = "";
  }
  out.end();
  await once(out, "finish");
  return bytes;
}

function accessLine(at: number, timeMs: number, random: Random): string {
  const time = new Date(timeMs);
  const two = (number: number): string => String(number).padStart(2, "0");
  const clock = `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  const date = `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  const address = `10.${Math.floor(random() * 4)}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`;
  const rare = at % rareEvery === 7 ? `/needle-${Math.floor(at / rareEvery)}` : "";
  const url = `/${pick(parts, random)}/${pick(parts, random)}/item-${Math.floor(random() ** 3 * 50_000)}${rare}`;
  const status = random() < 0.9 ? 200 : pick([301, 304, 404, 404, 500, 503], random);
  const request = `"${random() < 0.95 ? "GET" : "POST"} ${url} HTTP/1.1"`;
  const size = Math.floor(random() * 90_000);
  return `${address} - - [${date}:${clock} +0000] ${request} ${status} ${size} "http://shop.example/" "${pick(agents, random)}"`;
}
