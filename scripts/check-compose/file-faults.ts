import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildFolder, type ComposeFault, type ComposeFile, faultsOfServices, type Service } from "./compose-file.ts";
import { readDockerfile } from "./dockerfile.ts";

type Fault = Omit<ComposeFault, "service">;

/** Programs, mounted files, volumes and services that are named and do not exist. */
export function fileFaults(file: ComposeFile): ComposeFault[] {
  return faultsOfServices(file, (service) => [
    ...programFaults(file, service),
    ...(service.volumes ?? []).flatMap((volume) => volumeFaults(file, service, volume)),
    ...neededServices(service)
      .filter((name) => !(name in file.services))
      .map((name) => ({ rule: "service-unknown" as const, message: `depends on ${name}, which is no service` })),
  ]);
}

/** Of this project's image: it runs node, and what node runs is there. Others' cannot be looked for. */
function programFaults(file: ComposeFile, service: Service): Fault[] {
  const folder = buildFolder(file, service);
  if (folder === undefined) return [];
  const rule = "program-missing" as const;
  const { command = [], healthcheck } = service;
  const check = [healthcheck?.test ?? []].flat().filter((word) => word !== "CMD" && word !== "CMD-SHELL");
  return [command, check].flatMap((words) => [
    ...(words.length === 0 || words[0] === "node" ? [] : [{ rule, message: `runs ${words[0]}: the image has node` }]),
    ...words
      .filter((word) => /\.(ts|mjs|js)$/.test(word) && !existsSync(join(folder, word)))
      .map((word) => ({ rule, message: `runs ${word}, which is not there` })),
  ]);
}

function volumeFaults(file: ComposeFile, service: Service, volume: string): Fault[] {
  const [source = "", target = ""] = volume.split(":");
  // What begins with / is the host's.
  if (source.startsWith("/")) return [];
  if (source.startsWith(".")) {
    if (existsSync(resolve(file.folder, source))) return [];
    return [{ rule: "file-missing", message: `mounts ${source}, which is not there` }];
  }
  if (!(source in file.volumes)) {
    return [{ rule: "volume-unknown", message: `mounts volume ${source}, which is not among the volumes` }];
  }
  const folder = buildFolder(file, service);
  if (folder === undefined || readDockerfile(folder).folders.has(target)) return [];
  const message = `mounts volume ${source} on ${target}, which the Dockerfile does not make: it would be root's`;
  return [{ rule: "folder-not-made", message }];
}

function neededServices({ depends_on = [] }: Service): readonly string[] {
  return Array.isArray(depends_on) ? (depends_on as readonly string[]) : Object.keys(depends_on);
}
