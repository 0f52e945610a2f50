import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildFolder, type ComposeFault, type ComposeFile, faultsOfServices } from "./compose-file.ts";
import { readDockerfile } from "./dockerfile.ts";

/** A name and a whole version, or a digest: the same tomorrow as today. */
const pinned = /^[a-z0-9][a-z0-9._\-/]*(:v?\d+\.\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})$/;
/** What an image of ours is made of follows the patches of one major version. */
const follows = /^[a-z0-9][a-z0-9._\-/]*:\d+[\w.-]*$/;
const rule = "image-not-pinned" as const;

/** Images without a tag that says which one it is. */
export function imageFaults(file: ComposeFile): ComposeFault[] {
  return faultsOfServices(file, (service) => {
    const { image } = service;
    if (image === undefined || !pinned.test(image)) {
      return [{ rule, message: `image ${image ?? "(none)"}: give it a name and a version, name:1.2.3` }];
    }
    const folder = buildFolder(file, service);
    if (folder === undefined) return [];
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly version: string };
    return [
      ...(image.endsWith(`:${version}`)
        ? []
        : [{ rule, message: `image ${image} is built of version ${version} of package.json: name it so` }]),
      ...readDockerfile(folder)
        .from.filter((base) => !follows.test(base))
        .map((base) => ({ rule, message: `Dockerfile: FROM ${base} names no major version` })),
    ];
  });
}
