import type { ColumnValue } from "@footfall/changes";

export interface Price {
  /** Decimal text with at least two places. */
  readonly amount: string;
  /** ISO 4217; undefined where nothing names it. */
  readonly currency: string | undefined;
}

const currencyCodes: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));
/** Prices with thousandths, so that `1.234` is no thousand. */
const threePlaceCurrencies: ReadonlySet<string> = new Set(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]);
const currencySymbols: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₽": "RUB",
    "₺": "TRY",
    "₩": "KRW",
    "₴": "UAH",
    "₪": "ILS",
    "฿": "THB",
    "₫": "VND",
    zł: "PLN",
    Kč: "CZK",
    Ft: "HUF",
    R$: "BRL",
    US$: "USD",
    CA$: "CAD",
    A$: "AUD",
    AU$: "AUD",
  }),
);
/** Of several currencies: which one, something else must say. */
const sharedSymbols: ReadonlySet<string> = new Set(["$", "¥", "kr", "kr."]);
const spaces = /[\s\u00a0\u2007\u2009\u202f]+/g;
const priceForm = /^([^\d.,+-]*)([+-]?[\d.,][\d.,' ’]*)(.*)$/su;

/**
 * Reads a price as feeds write it: `12.50 EUR` (Google's form), `EUR 12.50`, `12,50 €`, `1.234,50`, `$1,234.50`, a
 * number, or an object of Google's APIs (`{value, currency}`, `{amountMicros, currencyCode}`).
 * @param knownCurrency  of prices that name none
 * @returns the price, or what is wrong with it, for people
 */
export function readPrice(value: ColumnValue, knownCurrency?: string): Price | string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return readPriceObject(value as Readonly<Record<string, ColumnValue>>, knownCurrency);
  }
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return "is no price";
  const isNumber = typeof value !== "string";
  const text = String(value)
    .replace(spaces, " ")
    .replace(/[\u2212\u2012](?=\d)/g, "-")
    .replace(/[.,]\s?[-–—]+/, "")
    .trim();
  const [, before = "", digits, after = ""] = priceForm.exec(text) ?? [];
  if (digits === undefined || text.length > 64) return `${quote(text)} is no price; write it like 12.50 EUR`;
  if (digits.startsWith("-") || before.trim().endsWith("-")) return `${quote(text)} is negative`;
  const currency = readCurrencies([before, after], knownCurrency);
  if (typeof currency === "string") return `${quote(text)} ${currency}`;
  const places = isNumber || threePlaceCurrencies.has(currency.code ?? "") ? "any" : "two";
  const amount = readAmount(digits.replace(/^\+/, "").trim().replace(/[.,]$/, ""), places);
  if ("reason" in amount) return `${quote(text)} ${amount.reason}`;
  return { amount: amount.amount, currency: currency.code };
}

/** ISO 4217 in capitals; undefined where it is none. */
export function readCurrency(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  return currencyCodes.has(code) ? code : currencySymbols.get(text.trim());
}

function readPriceObject(
  value: Readonly<Record<string, ColumnValue>>,
  knownCurrency: string | undefined,
): Price | string {
  const named = value["currency"] ?? value["currencyCode"] ?? value["currency_code"];
  const currency = typeof named === "string" ? readCurrency(named) : knownCurrency;
  if (typeof named === "string" && currency === undefined) return `names a currency ${quote(named)} that is none`;
  const micros = value["amountMicros"] ?? value["amount_micros"];
  if (micros !== undefined) {
    const written = typeof micros === "object" ? "" : String(micros);
    if (!/^\d{1,24}$/.test(written)) return "has amountMicros that are no whole number";
    const digits = written.padStart(7, "0");
    return { amount: canonicalAmount(digits.slice(0, -6), digits.slice(-6)), currency };
  }
  const amount = value["value"] ?? value["amount"];
  if (amount === undefined || (typeof amount === "object" && amount !== null)) return "is an object without a value";
  return readPrice(amount, currency);
}

/** @returns what is wrong, as text */
function readCurrencies(
  texts: readonly string[],
  known: string | undefined,
): { readonly code: string | undefined } | string {
  const codes = new Set<string>();
  for (const text of texts.map((part) => part.trim()).filter((part) => part !== "")) {
    const code = readCurrency(text) ?? (sharedSymbols.has(text) ? known : undefined);
    if (code !== undefined) codes.add(code);
    else if (sharedSymbols.has(text)) return `may be several currencies; write one like USD, or set --currency`;
    else return `has ${quote(text)}, which is no currency; write one like EUR`;
  }
  if (codes.size > 1) return "names two currencies";
  return { code: [...codes][0] ?? known };
}

function readAmount(text: string, places: "any" | "two"): { readonly amount: string } | { readonly reason: string } {
  const bad = { reason: "is no price; write it like 1234.50 EUR" };
  const [, spaced, spacedFraction] = /^(\d{1,3}(?:[ '’]\d{3})+)(?:[.,](\d+))?$/.exec(text) ?? [];
  if (spaced !== undefined) return { amount: canonicalAmount(spaced.replace(/\D/g, ""), spacedFraction) };
  if (!/^[\d.,]+$/.test(text)) return bad;
  const separators = text.replace(/\d/g, "");
  const [last] = separators.slice(-1);
  if (last === undefined) return { amount: canonicalAmount(text, undefined) };
  const cut = text.lastIndexOf(last);
  const [whole, fraction] = [text.slice(0, cut), text.slice(cut + 1)];
  const isGrouped = /^\d{1,3}(?:\.\d{3})+$|^\d{1,3}(?:,\d{2,3})*,\d{3}$/;
  if (separators.length > 1) {
    // Two kinds: the last one is the decimal point. One kind, many times: thousands.
    if (new Set(separators).size === 1)
      return isGrouped.test(text) ? { amount: canonicalAmount(text.replace(/\D/g, ""), undefined) } : bad;
    return isGrouped.test(whole) ? { amount: canonicalAmount(whole.replace(/\D/g, ""), fraction) } : bad;
  }
  const isDecimal = fraction.length !== 3 || places === "any" || /^0*$/.test(whole) || whole.length > 3;
  if (isDecimal) return { amount: canonicalAmount(whole, fraction) };
  return { reason: `may be ${whole}${fraction} or ${whole} and ${fraction} thousandths; write ${whole}${fraction}.00` };
}

function canonicalAmount(whole: string, fraction: string | undefined): string {
  const places = (fraction ?? "").replace(/0+$/, "").padEnd(2, "0");
  return `${whole.replace(/^0+(?=\d)/, "") || "0"}.${places}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
