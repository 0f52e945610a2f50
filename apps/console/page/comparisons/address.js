/** The page's address: topic of mismatches, run and outcome; empty is the default, the newest, the first. */
const names = ["topic", "run", "outcome"];

export function readAddress(search) {
  const parameters = new URLSearchParams(search);
  return Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ""]));
}

export function writeAddress(state) {
  const parameters = new URLSearchParams();
  for (const name of names) if (state[name]) parameters.set(name, state[name]);
  return `?${parameters}`;
}
