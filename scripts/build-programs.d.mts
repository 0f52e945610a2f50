export declare function buildPrograms(root: string): Promise<string>;
