import type { ModelStore } from "@footfall/models";
import type { ServedModel } from "./status.ts";

/** What the store points to, with the few figures that the console shows; read from disk only when it has moved. */
export function servedModelReader(models: ModelStore): () => Promise<ServedModel | undefined> {
  let shown: ServedModel | undefined;
  return async () => {
    const pointer = await models.current();
    if (!pointer) return undefined;
    if (shown?.version !== pointer.modelVersion) {
      const { manifest } = (await models.list()).find((model) => model.isCurrent) ?? {};
      const hitRate = manifest?.metrics?.novel.hitRate;
      shown = {
        version: pointer.modelVersion,
        publishedAtMs: pointer.publishedAtMs,
        items: manifest?.sizes.items ?? 0,
        ...(hitRate === undefined ? {} : { hitRate }),
      };
    }
    return shown;
  };
}
