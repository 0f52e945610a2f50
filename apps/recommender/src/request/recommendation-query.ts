import { AppError } from "@footfall/base";
import { isFilterParameter, itemFields, parseFilterParameters } from "@footfall/catalogue";
import { limits } from "@footfall/events";
import { nothingShown, parseCursor, type ShownItems } from "@footfall/similarity/serving";
import { requestBounds, type RequestedRules } from "./requested-rules.ts";

/** The parameters of `/recommendations`. */
export interface RecommendationQuery {
  key?: string;
  visitorId?: string;
  itemId?: string;
  placement: string;
  /** 0 where it is left open. */
  limit: number;
  exclude: string[];
  /** Filters and what else is asked of items; absent where nothing is. */
  rules?: RequestedRules;
  /** Whether the answer tells the reasons for its items. */
  isExplained?: boolean;
  /** False: what is known of the visitor is not used; there is no `visitorId` then. Absent where it is left open. */
  hasConsent?: boolean;
}

export const defaultLimit = 10;
export const limitMax = 100;
/** Items that one request may exclude. */
export const excludeItemsMax = 1_000;
export const defaultPlacement = "default";

const controlCharacter = /\p{Cc}/u;
const wholeNumber = /^[0-9]{1,9}$/;

/**
 * Reads the query by hand: `URLSearchParams` takes longer than the ranking. An empty value counts as absent, since
 * templates of shops write `itemId=` where there is none. `exclude` may be repeated and separated by commas; a value
 * with a comma also excludes the item whose id is the whole value. Parameters of others (`utm_source`, `fbclid`, `_`)
 * are passed over, whatever they hold.
 * @param query  what follows the `?`, as it came
 * @throws AppError REQUEST_INVALID with `context.field`: repeated parameter, bad escape, bad id or number
 */
export function parseRecommendationQuery(query: string): RecommendationQuery {
  const parsed: RecommendationQuery = { placement: "", limit: 0, exclude: [] };
  let filters: (readonly [string, string])[] | undefined;
  for (let start = 0; start < query.length;) {
    let end = query.indexOf("&", start);
    if (end < 0) end = query.length;
    const equals = query.indexOf("=", start);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    const name = nameOf(query, start, nameEnd);
    if (name !== undefined) readParameter(parsed, name, nameEnd < end ? decode(query, nameEnd + 1, end, name) : "");
    else if (nameEnd < end) {
      const rule = ruleNameOf(query.slice(start, nameEnd));
      if (rule !== undefined) {
        const value = decode(query, nameEnd + 1, end, rule);
        if (isFilterParameter(rule)) (filters ??= []).push([rule, value]);
        else if (value !== "") readRule((parsed.rules ??= {}), rule as RuleName, value);
      }
    }
    start = end + 1;
  }
  if (parsed.placement === "") parsed.placement = defaultPlacement;
  if (filters) readFilters(parsed, filters);
  if (parsed.hasConsent === false) delete parsed.visitorId;
  return parsed;
}

type Name = "visitorId" | "itemId" | "placement" | "limit" | "exclude" | "key" | "consent" | "explain";
const names: ReadonlySet<string> = new Set<Name>([
  "visitorId",
  "itemId",
  "placement",
  "limit",
  "exclude",
  "key",
  "consent",
  "explain",
]);

/** `exclude[]` and `exclude[0]` are how some clients write a list. */
const excludeOfList = /^exclude(?:\[|%5b)\d{0,4}(?:\]|%5d)$/i;

function nameOf(query: string, start: number, end: number): Name | undefined {
  const name = query.slice(start, end);
  if (names.has(name)) return name as Name;
  return excludeOfList.test(name) ? "exclude" : undefined;
}

type RuleName = Exclude<keyof RequestedRules, "filter" | "shown"> | "cursor";
const ruleNames: ReadonlySet<string> = new Set<RuleName>([
  "cursor",
  "excludeSeen",
  "excludePurchased",
  "perCategory",
  "perBrand",
  "diversity",
  "minScore",
  "fields",
]);

/** A parameter of a rule; the name of an attribute may be escaped. */
function ruleNameOf(raw: string): string | undefined {
  if (ruleNames.has(raw) || isFilterParameter(raw)) return raw.includes("%") ? decode(raw, 0, raw.length, raw) : raw;
  return undefined;
}

function readRule(rules: RequestedRules, name: RuleName, value: string): void {
  refuse(rules[name === "cursor" ? "shown" : name] !== undefined, name, "must not be given twice");
  switch (name) {
    case "cursor":
      rules.shown = checkedCursor(value);
      break;
    case "excludeSeen":
    case "excludePurchased":
      rules[name] = checkedFlag(value, name);
      break;
    case "perCategory":
    case "perBrand": {
      const most = wholeNumber.test(value) ? Number(value) : 0;
      refuse(!(most >= 1 && most <= requestBounds.perGroupMax), name, "must be a whole number from 1 to 100");
      rules[name] = most;
      break;
    }
    case "diversity":
    case "minScore":
      refuse(!/^(0?(\.\d{1,6})?|1(\.0{1,6})?)$/.test(value), name, "must be a number from 0 to 1");
      rules[name] = Number(value);
      break;
    case "fields":
      rules.fields = checkedFields(value.split(",").filter((field) => field !== ""));
  }
}

/** What stands for the cursor of the first page. */
export const firstPage = "start";

/** @throws AppError REQUEST_INVALID */
export function checkedCursor(cursor: string, field = "cursor"): ShownItems {
  const shown = cursor === firstPage ? nothingShown : parseCursor(cursor);
  if (shown === undefined) {
    throw invalid(field, `${field} is "${firstPage}" for the first page, then what the answer before said`);
  }
  return shown;
}

function checkedFlag(value: string, name: string): boolean {
  refuse(value !== "true" && value !== "false", name, "must be true or false");
  return value === "true";
}

/** @throws AppError REQUEST_INVALID */
export function checkedFields(fields: readonly string[], place = "fields"): readonly string[] {
  refuse(fields.length > requestBounds.fieldsMax, place, `takes at most ${requestBounds.fieldsMax} fields`);
  for (const field of fields) {
    const isField = itemFields.includes(field) || (field.startsWith("attr.") && field.length <= limits.idLengthMax);
    refuse(
      !isField,
      place,
      `has ${JSON.stringify(field.slice(0, 40))}; there are ${itemFields.join(", ")}, attr.<name>`,
    );
  }
  return fields;
}

function readFilters(parsed: RecommendationQuery, filters: readonly (readonly [string, string])[]): void {
  const told = filters.filter(([, value]) => value !== "");
  if (told.length === 0) return;
  (parsed.rules ??= {}).filter = {
    key: JSON.stringify(told),
    read: () => {
      const read = parseFilterParameters(told);
      if ("problems" in read) throw filterInvalid(read.problems);
      return read.filter;
    },
  };
}

/** @throws nothing; tells all problems, `field` the first one's place */
export function filterInvalid(problems: readonly { readonly place: string; readonly message: string }[]): AppError {
  const text = problems.map(({ place, message }) => `${place} ${message}`).join("; ");
  return invalid(problems[0]!.place, text);
}

function readParameter(parsed: RecommendationQuery, name: Name, value: string): void {
  switch (name) {
    case "visitorId":
    case "itemId":
    case "key":
      refuse(parsed[name] !== undefined, name, "must not be given twice");
      if (value !== "") parsed[name] = checkedId(value, name);
      break;
    case "placement":
      refuse(parsed.placement !== "", name, "must not be given twice");
      parsed.placement = value === "" ? "" : checkedId(value, name);
      break;
    case "limit":
      refuse(parsed.limit !== 0, name, "must not be given twice");
      if (value !== "") parsed.limit = checkedLimit(value);
      break;
    case "consent":
      refuse(parsed.hasConsent !== undefined, name, "must not be given twice");
      if (value !== "") parsed.hasConsent = checkedFlag(value, name);
      break;
    case "explain":
      refuse(parsed.isExplained !== undefined, name, "must not be given twice");
      if (value !== "") parsed.isExplained = checkedFlag(value, name);
      break;
    case "exclude":
      addExcluded(parsed.exclude, value);
  }
}

function addExcluded(exclude: string[], value: string): void {
  if (value === "") return;
  if (value.includes(",")) {
    for (const itemId of value.split(",")) if (itemId !== "") exclude.push(checkedId(itemId, "exclude"));
    if (value.length <= limits.idLengthMax) exclude.push(value);
  } else exclude.push(checkedId(value, "exclude"));
  refuse(exclude.length > excludeItemsMax, "exclude", `takes at most ${excludeItemsMax} items`);
}

export function checkedId(value: string, field: string): string {
  refuse(value.length > limits.idLengthMax, field, `must be at most ${limits.idLengthMax} characters long`);
  refuse(controlCharacter.test(value), field, "must not hold control characters");
  return value;
}

function checkedLimit(value: string): number {
  const limit = wholeNumber.test(value) ? Number(value) : Number.NaN;
  refuse(!(limit >= 1 && limit <= limitMax), "limit", `must be a whole number from 1 to ${limitMax}`);
  return limit;
}

function decode(text: string, start: number, end: number, field: string): string {
  const raw = text.slice(start, end);
  if (!raw.includes("%") && !raw.includes("+")) return raw;
  try {
    return decodeURIComponent(raw.replaceAll("+", " "));
  } catch (cause) {
    throw invalid(field, `${field} has a broken percent escape`, cause);
  }
}

export function refuse(isWrong: boolean, field: string, what: string): void {
  if (isWrong) throw invalid(field, `${field} ${what}`);
}

function invalid(field: string, message: string, cause?: unknown): AppError {
  return new AppError("REQUEST_INVALID", message, { context: { field }, cause });
}
