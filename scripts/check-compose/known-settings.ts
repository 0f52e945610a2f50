import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Settings by app, from docs/config.md: variable → default. `""` holds those that every app has. */
export type KnownSettings = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What node itself reads. */
const nodeVariables = new Map([
  ["NODE_ENV", ""],
  ["NODE_OPTIONS", ""],
  ["NODE_EXTRA_CA_CERTS", ""],
  ["TZ", ""],
]);

/** @throws Error when the page has another form than this reads */
export function readKnownSettings(projectFolder: string): KnownSettings {
  const known = new Map<string, ReadonlyMap<string, string>>();
  for (const section of readFileSync(join(projectFolder, "docs", "config.md"), "utf8")
    .split(/^## /m)
    .slice(1)) {
    const title = section.slice(0, section.indexOf("\n")).trim();
    const rows = [...section.matchAll(/^\| `(\w+)`(?: \(secret\))? \| `?([^|`]*)`? \|/gm)];
    const settings = new Map(rows.map(([, variable, value]) => [variable!, value!.trim()]));
    known.set(
      title === "Every app" ? "" : title,
      title === "Every app" ? new Map([...settings, ...nodeVariables]) : settings,
    );
  }
  if (!known.get("")?.has("FOOTFALL_STORAGE_DIR"))
    throw new Error("docs/config.md has no section of every app's settings.");
  return known;
}

/** The app's public port and its operator's, as it has them without a setting. @throws Error for an unknown app */
export function defaultPorts(
  known: KnownSettings,
  app: string,
): { readonly port: string; readonly operatorPort: string } {
  const own = known.get(app);
  const port = own?.get(`FOOTFALL_${app.toUpperCase()}_PORT`);
  const operatorPort = own?.get(`FOOTFALL_${app.toUpperCase()}_OPERATOR_PORT`);
  if (port === undefined || operatorPort === undefined) throw new Error(`docs/config.md says no ports of ${app}.`);
  return { port, operatorPort };
}
