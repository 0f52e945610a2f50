import { existsSync } from "node:fs";
import { type AppName, appNames, type Settings, sharedSettings } from "@footfall/runtime";

export interface AppSettings {
  /** Undefined: the settings that every app has. */
  readonly app: AppName | undefined;
  readonly settings: Settings;
}

/** The settings of every app, by the convention that `apps/<app>/src/config.ts` exports `<app>Settings`. */
export async function allSettings(): Promise<readonly AppSettings[]> {
  const shared = new Set(Object.values(sharedSettings).map((definition) => definition.variable));
  const groups: AppSettings[] = [{ app: undefined, settings: sharedSettings }];
  for (const app of appNames) {
    const file = new URL(`../../apps/${app}/src/config.ts`, import.meta.url);
    if (!existsSync(file)) continue;
    const module = (await import(file.href)) as Record<string, Settings | undefined>;
    const settings = module[`${app}Settings`];
    if (settings === undefined) throw new Error(`apps/${app}/src/config.ts does not export ${app}Settings`);
    const own = Object.entries(settings).filter(([, definition]) => !shared.has(definition.variable));
    groups.push({ app, settings: Object.fromEntries(own) });
  }
  return groups;
}
