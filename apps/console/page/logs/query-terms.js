/** Adds terms to the text of a query, and takes them away. A term is what the server gave as `filter`. */

/** @param sign  "+" finds only lines with the term, "-" only others; the same again takes the term away */
export function toggleTerm(query, term, sign) {
  const wanted = sign === "-" ? `-${term}` : term;
  const other = sign === "-" ? term : `-${term}`;
  const terms = topTerms(query);
  if (terms.includes(wanted)) return terms.filter((each) => each !== wanted).join(" ");
  const rest = terms.filter((each) => each !== other);
  // What stands side by side binds closer than OR.
  const before = rest.includes("OR") ? `(${rest.join(" ")})` : rest.join(" ");
  return before === "" ? wanted : `${before} ${wanted}`;
}

/** "+", "-" or "" for a term that a query has, excludes or does not name. */
export function signOf(query, term) {
  const terms = topTerms(query);
  if (terms.includes(term)) return "+";
  return terms.includes(`-${term}`) ? "-" : "";
}

/** The pieces of a query outside quotes and parentheses. */
function topTerms(query) {
  const terms = [];
  let term = "";
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < query.length; at += 1) {
    const character = query[at];
    if (isQuoted && character === "\\") {
      term += character + (query[at + 1] ?? "");
      at += 1;
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && "([".includes(character)) depth += 1;
    if (!isQuoted && ")]".includes(character)) depth -= 1;
    if (/\s/.test(character) && !isQuoted && depth === 0) {
      if (term) terms.push(term);
      term = "";
    } else term += character;
  }
  if (term) terms.push(term);
  return terms;
}
