/** Scripts of the pages that tests call; browsers load them as they are. */
interface ControlledQuery {
  readonly applied: string;
  readonly name: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
  readonly by?: readonly string[] | undefined;
}

declare module "*/metrics/query-text.js" {
  export function readQuery(text: string): ControlledQuery | undefined;
  export function writeQuery(query: ControlledQuery): string;
}

declare module "*/metrics/units.js" {
  export function unitOf(query: ControlledQuery | undefined): { readonly format: (value: number) => string };
}

declare module "*/metrics/steps.js" {
  export function steppedRange(range: { readonly from: number; readonly to: number }): {
    readonly fromMs: number;
    readonly toMs: number;
    readonly stepMs: number;
  };
}

declare module "*/comparisons/document-lines.js" {
  export function documentLines(
    text: string | null,
  ): readonly { readonly pointer: string; readonly depth: number; readonly text: string }[];
}
