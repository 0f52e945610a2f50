/** Builds `t.js` and `index.js` into the folder, by default `dist`. */
export function buildTracker(outDir?: string): Promise<void>;
