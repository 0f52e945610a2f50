import type { ModelManifest } from "@footfall/similarity";

/** The content of a model's `manifest.json`. */
export function formatManifest(manifest: ModelManifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Whether parsed JSON is a manifest. */
export function isManifest(value: unknown): value is ModelManifest {
  const manifest = value as Partial<ModelManifest> | null;
  return (
    typeof manifest === "object" &&
    typeof manifest?.modelVersion === "string" &&
    Array.isArray(manifest.files) &&
    manifest.files.every((file) => /^[a-z-]+\.arrow$/.test(file?.name)) &&
    typeof manifest.sizes === "object"
  );
}
