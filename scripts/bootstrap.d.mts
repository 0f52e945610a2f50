export declare function installedState(root: string): "missing" | "outdated" | "complete";
export declare function isStale(output: string, sources: readonly string[]): boolean;
