import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import type { composeRules } from "./compose-rules.mjs";

/** A service as compose's file has it, as far as it is checked. */
export interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | boolean>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly (string | number)[];
  readonly expose?: readonly (string | number)[];
  readonly depends_on?: Readonly<Record<string, object>> | readonly string[];
  readonly network_mode?: string;
  readonly healthcheck?: { readonly test: readonly string[] | string };
}

export interface ComposeFile {
  /** Absolute; what is mounted is relative to it. */
  readonly folder: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, object | null>>;
}

/** Something that would not work, at a service. */
export interface ComposeFault {
  readonly rule: (typeof composeRules)[number];
  readonly service: string;
  readonly message: string;
}

/** @throws Error when the file cannot be read, or is no YAML */
export function readComposeFile(path: string): ComposeFile {
  // YAML 1.1 knows the merge key `<<`, as compose does.
  const { services = {}, volumes = {} } = parse(readFileSync(path, "utf8"), { merge: true }) as Partial<ComposeFile>;
  if (Object.keys(services).length === 0) throw new Error(`${path} names no service.`);
  return { folder: dirname(resolve(path)), services, volumes };
}

/** The folder that becomes `/app` in the service's image; undefined for an image that is made elsewhere. */
export function buildFolder({ folder }: ComposeFile, { build }: Service): string | undefined {
  return build === undefined ? undefined : resolve(folder, build);
}

/** The app that a service of this project's image runs: `apps/<app>/src/main.ts`. */
export function appOf({ command = [] }: Service): string | undefined {
  return /(?:^|\s)apps\/([a-z]+)\/src\/main\.ts(?:\s|$)/.exec(command.join(" "))?.[1];
}

/** Each service as `check` judges it. */
export function faultsOfServices(
  file: ComposeFile,
  check: (service: Service, name: string) => readonly Omit<ComposeFault, "service">[],
): ComposeFault[] {
  return Object.entries(file.services).flatMap(([name, service]) =>
    check(service, name).map((fault) => ({ ...fault, service: name })),
  );
}
