import { errorCodeOf } from "@footfall/base";
import { openModelStore, tenantsWithModels } from "./folder-model-store.ts";
import type { ModelPointer } from "./model-store.ts";
import { formatPublications, publicationsFile } from "./publications.ts";
import { formatTunedParameters, readTunedParameters, tunedParametersFile } from "./tuned-parameters.ts";

/** Writes a file of the copy. @param path  relative to the folder of models, with `/` */
export type WriteModelFile = (path: string, content: Uint8Array | string) => Promise<unknown>;

export interface ModelsBackup {
  /** Models that were copied. */
  readonly models: number;
  /** `<tenant>/<version>` of models that are damaged and not served. */
  readonly skipped: readonly string[];
}

/** How often the served model may be replaced and deleted before its files are read. */
const attemptsMax = 10;

/**
 * Copies each tenant's published models, the pointer to the served one and what was tuned, while others train and
 * prune. All models are read with their checksums.
 * @throws AppError MODEL_CORRUPT, MODEL_NOT_FOUND  the served model is damaged
 */
export async function backUpModels(modelsFolder: string, write: WriteModelFile): Promise<ModelsBackup> {
  let models = 0;
  const skipped: string[] = [];
  for (const tenant of await tenantsWithModels(modelsFolder)) {
    const store = openModelStore(modelsFolder, tenant);
    const served = await readServed(store);
    if (served === undefined) continue;
    const { pointer, files } = served;
    const others = (await store.list()).map(({ manifest }) => manifest.modelVersion);
    for (const version of new Set([pointer.modelVersion, ...others])) {
      const content = version === pointer.modelVersion ? files : await readOther(store, version);
      if (content === "damaged") skipped.push(`${tenant}/${version}`);
      if (content === "damaged" || content === "gone") continue;
      for (const [name, bytes] of content) await write(`${tenant}/${version}/${name}`, bytes);
      models += 1;
    }
    await write(`${tenant}/current.json`, `${JSON.stringify(pointer)}\n`);
    const decided = await store.publications();
    if (decided.length > 0) await write(`${tenant}/${publicationsFile}`, formatPublications(decided));
    const tuned = await readTunedParameters(store.folder);
    if (tuned) await write(`${tenant}/${tunedParametersFile}`, formatTunedParameters(tuned));
  }
  return { models, skipped };
}

type Store = ReturnType<typeof openModelStore>;
type Files = ReadonlyMap<string, Uint8Array>;

/** What is pointed to with its files: read again where it was replaced, and deleted, in between. */
async function readServed(store: Store): Promise<{ pointer: ModelPointer; files: Files } | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const pointer = await store.current();
    if (pointer === undefined) return undefined;
    try {
      return { pointer, files: await store.readFiles(pointer.modelVersion) };
    } catch (error) {
      const hasMoved = (await store.current())?.modelVersion !== pointer.modelVersion;
      if (!hasMoved || attempt >= attemptsMax) throw error;
    }
  }
}

async function readOther(store: Store, version: string): Promise<Files | "gone" | "damaged"> {
  try {
    return await store.readFiles(version);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== "MODEL_NOT_FOUND" && code !== "MODEL_CORRUPT") throw error;
    const isThere = (await store.list()).some(({ manifest }) => manifest.modelVersion === version);
    return isThere ? "damaged" : "gone";
  }
}
