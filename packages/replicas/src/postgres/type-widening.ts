const integers = ["smallint", "integer", "bigint", "numeric"];

/** Whether each value of type `from` is one of type `to`, as PostgreSQL names types. */
export function holdsAll(to: string, from: string): boolean {
  if (to === from) return true;
  if (from.endsWith("[]") || to.endsWith("[]")) return to === "text[]" && from.endsWith("[]");
  if (to === "text" || (to === "json" && from === "jsonb")) return true;
  const [narrow, wide] = [integers.indexOf(from), integers.indexOf(to)];
  if (narrow >= 0 && wide >= 0) return wide >= narrow;
  if (from === "real") return to === "double precision";
  if (from.startsWith("numeric")) return holdsNumeric(to, from);
  if (from.startsWith("character varying")) return holdsText(to, from);
  return false;
}

function holdsNumeric(to: string, from: string): boolean {
  if (to === "numeric") return true;
  const [wide, narrow] = [to, from].map((type) => /^numeric\((\d+),(-?\d+)\)$/.exec(type)?.slice(1).map(Number));
  if (wide === undefined || narrow === undefined) return false;
  const [digits, scale] = wide as [number, number];
  return scale >= narrow[1]! && digits - scale >= narrow[0]! - narrow[1]!;
}

function holdsText(to: string, from: string): boolean {
  if (to === "character varying") return true;
  const [wide, narrow] = [to, from].map((type) => /^character varying\((\d+)\)$/.exec(type)?.[1]);
  return wide !== undefined && narrow !== undefined && Number(wide) >= Number(narrow);
}
