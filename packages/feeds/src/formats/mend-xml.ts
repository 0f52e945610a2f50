/** Characters that XML has no form for, and that feeds' tools let slip in from databases. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
/** An ampersand that begins no reference: addresses are often pasted in as they are. */
const bareAmpersand = /&(?!(?:#\d{1,8}|#x[\da-fA-F]{1,6}|[A-Za-z][\w.-]{0,31});)/g;
const referenceLengthMax = 34;
const open = "<![CDATA[";
const close = "]]>";

/**
 * Makes well-formed what is often wrong in product feeds and has one meaning: ampersands in addresses, control
 * characters. A parser cannot do it afterwards: it looks for the `;` of a reference through all that follows.
 */
export class XmlMender {
  #rest = "";
  #isInCdata = false;

  /** @returns what of the text can be said by now */
  mend(chunk: string): string {
    return this.#mend(this.#rest + chunk, false);
  }

  end(): string {
    return this.#mend(this.#rest, true);
  }

  #mend(text: string, isLast: boolean): string {
    let from = 0;
    let mended = "";
    while (true) {
      const mark = this.#isInCdata ? close : open;
      const found = text.indexOf(mark, from);
      const end = found >= 0 ? found + mark.length : isLast ? text.length : this.#safeEnd(text, from);
      const part = text.slice(from, end);
      mended += this.#isInCdata ? part : part.replace(bareAmpersand, "&amp;");
      from = end;
      if (found < 0) break;
      this.#isInCdata = !this.#isInCdata;
    }
    this.#rest = text.slice(from);
    return mended.replace(forbidden, "");
  }

  /** Where nothing is cut in two that belongs together. */
  #safeEnd(text: string, from: number): number {
    const mark = this.#isInCdata ? close : open;
    let end = text.length;
    for (let length = Math.min(mark.length - 1, end - from); length > 0; length -= 1) {
      if (!text.endsWith(mark.slice(0, length))) continue;
      end -= length;
      break;
    }
    const ampersand = this.#isInCdata ? -1 : text.lastIndexOf("&", end);
    return ampersand >= from && ampersand > text.length - referenceLengthMax ? Math.min(end, ampersand) : end;
  }
}
