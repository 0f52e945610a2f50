import { appOf, buildFolder, type ComposeFault, type ComposeFile, faultsOfServices } from "./compose-file.ts";
import { foreignImage } from "./foreign-images.ts";
import type { KnownSettings } from "./known-settings.ts";

const rule = "variable-unknown" as const;

/** Variables that nobody reads: not the app that runs, or not the image; and such that the file asks its user for. */
export function settingFaults(file: ComposeFile, known: KnownSettings): ComposeFault[] {
  const all = new Set([...known.values()].flatMap((settings) => [...settings.keys()]));
  return faultsOfServices(file, (service) => {
    const variables = Object.entries(service.environment ?? {});
    const app = appOf(service);
    const isOurs = buildFolder(file, service) !== undefined;
    const isRead = (variable: string): boolean =>
      isOurs
        ? known.get("")!.has(variable) || (app !== undefined && known.get(app)?.has(variable) === true)
        : foreignImage(service.image)?.variables.includes(variable) === true;
    const reader = app ?? service.image ?? "the image";
    const asked = variables.flatMap(([, value]) => [...String(value).matchAll(/\$\{(\w+)/g)].map(([, name]) => name!));
    return [
      ...variables
        .filter(([variable]) => !isRead(variable))
        .map(([variable]) => ({ rule, message: `sets ${variable}, which ${reader} does not read` })),
      ...asked
        .filter((variable) => !all.has(variable))
        .map((variable) => ({ rule, message: `asks its user for ${variable}, which is not in docs/config.md` })),
    ];
  });
}

/** Values of the file's own `${NAME:-default}`, which may stand in each other's defaults. */
export function interpolated(text: string, values: Readonly<Record<string, string>>): string {
  const innermost = /\$\{(\w+)(?::-([^${}]*))?\}/;
  let result = text;
  for (let match = innermost.exec(result); match; match = innermost.exec(result)) {
    const [whole, name, ifEmpty = ""] = match;
    result = result.replace(whole, () => values[name!] || ifEmpty);
  }
  return result;
}
