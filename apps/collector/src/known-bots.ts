import type { IncomingHttpHeaders } from "node:http";
import type { WriteKey } from "@footfall/runtime";
import { isbot } from "isbot";

/** User agents whose judgement is kept, a kilobyte each at most. */
const userAgentsMax = 4_096;
/** No browser's is as long; of one that is, the rest is not looked at. */
const userAgentLengthMax = 1_024;

/** What a program that merely calls the API (curl, node, python-requests) does not say of itself. */
const pageReader = /^Mozilla\/|bot\b/i;

/** Tells well-known bots by their user agent, with the kept list of `isbot`. */
export class KnownBots {
  readonly #judged = new Map<string, boolean>();
  #last = "";
  #isLastBot = false;

  /**
   * Whether a well-known bot sent the request. The list holds HTTP libraries too, and it is they that servers and apps
   * post with. So nobody is a bot whose key is not for pages, or who names no origin (pages always do) and is known as
   * a library only.
   */
  isSender(headers: IncomingHttpHeaders, { origins }: Pick<WriteKey, "origins">): boolean {
    const { "user-agent": userAgent = "", origin } = headers;
    if (userAgent === "" || origins.length === 0 || !this.#isBot(userAgent)) return false;
    return origin !== undefined || pageReader.test(userAgent);
  }

  #isBot(userAgent: string): boolean {
    if (userAgent === this.#last) return this.#isLastBot;
    const judged = userAgent.length > userAgentLengthMax ? userAgent.slice(0, userAgentLengthMax) : userAgent;
    let is = this.#judged.get(judged);
    if (is === undefined) {
      is = isbot(judged);
      this.#judged.set(judged, is);
      if (this.#judged.size > userAgentsMax) this.#judged.delete(this.#judged.keys().next().value!);
    }
    this.#last = userAgent;
    this.#isLastBot = is;
    return is;
  }
}
