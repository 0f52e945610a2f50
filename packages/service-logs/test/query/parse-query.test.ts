import { describe, expect, it } from "vitest";
import { logLimits } from "../../src/log-limits.ts";
import { parseQuery } from "../../src/query/parse-query.ts";
import { renderQuery } from "../../src/query/render-query.ts";

/** The query as text that says how it was understood. */
function understood(text: string): string {
  const parsed = parseQuery(text);
  return parsed.ok ? renderQuery(parsed.query) : `${parsed.position}: ${parsed.problem}`;
}

describe("parseQuery", () => {
  it.each([
    ["", "*"],
    ["  ", "*"],
    ["one two", "one two"],
    ["one AND two", "one two"],
    ["one OR two three", "one OR two three"],
    ["(one OR two) three", "(one OR two) three"],
    ["((one two)) three", "one two three"],
    ["NOT one -two", "-one -two"],
    ["-(one two)", "-(one two)"],
    ["a - b", 'a "-" b'],
    ['"a \\"b\\" c\\\\" d*', '"a \\"b\\" c\\\\" d*'],
    ['"two words"*', '"two words"*'],
    ["*mid* *end", "*mid* *end"],
    ["foo-bar /blog/geekery", "foo-bar /blog/geekery"],
    ["http://shop.example/a?b=1", '"http://shop.example/a?b=1"'],
    ["10:05:03", '"10:05:03"'],
    ["and or not", "and or not"],
    ['"AND"', '"AND"'],
    ["status:>=500", "http.response.status_code:>=500"],
    ["status:=500", "http.response.status_code:[500 TO 500]"],
    ["status:[400 TO 499]", "http.response.status_code:[400 TO 499]"],
    ["duration:[* TO 5]", "duration:<=5"],
    ["bytes:<1e3", "bytes:<1000"],
    ["level:error", "level:error"],
    ["level:WARNING", "level:warn"],
    ["level:>=warn", "level:>=13"],
    ["level:>error", "level:>20"],
    ["level:<=info", "level:<=12"],
    ["level:[warn TO error]", "level:[13 TO 20]"],
    ["service:cart host:web-1 file:*app.log", "service:cart host:web-1 file:*app.log"],
    ["trace.id:* ip:::1", 'trace:* source.address:"::1"'],
    ["path:/blog* user_id:42", "url.path:/blog* user_id:42"],
    ["message:cart", "cart"],
  ])("reads %s", (text, meaning) => {
    expect(understood(text)).toBe(meaning);
  });

  it.each([
    ["(one two", '0: a "(" is never closed'],
    ["one) two", '3: a ")" closes nothing'],
    ["one OR", "6: something is missing at the end"],
    ["AND one", '0: nothing stands before "AND"'],
    ["()", '1: nothing stands before ")"'],
    ['say "hello', "4: a quote is never closed"],
    ['""', "0: the quotes are empty"],
    ["a*b", "1: a star stands only at the ends of a word"],
    ["error: connection", '6: no value follows "error:"'],
    ["status:>=high", '9: "high" is not a number'],
    ["level:loud", '6: "loud" is not a level'],
    ["status:[400 499]", "7: a range is not whole"],
    ["service:(a OR b)", "8: a field has one value"],
    ["x".repeat(logLimits.queryLengthMax + 1), "4096: the query is longer than 4096"],
    ["x ".repeat(logLimits.queryTermsMax + 1), "256: the query has more than 128 terms"],
    [`${"(".repeat(33)}x${")".repeat(33)}`, "32: the query is nested deeper than 32"],
    [`${"-".repeat(33)}x`, "32: the query is nested deeper than 32"],
  ])("says where %s is wrong", (text, problem) => {
    expect(understood(text)).toBe(problem);
  });

  it("says what to write instead", () => {
    expect(parseQuery("error: connection")).toMatchObject({ ok: false, hint: expect.stringContaining('"error:"') });
  });
});
