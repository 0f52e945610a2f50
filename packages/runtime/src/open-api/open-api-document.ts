import { errorCodes } from "@footfall/base";

/** Part of an OpenAPI 3.1 document: what one service adds to the page of all. */
export interface OpenApiFragment {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface OpenApiDocument extends OpenApiFragment {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
}

/** What every service answers errors with; each fragment may refer to it. */
const shared: OpenApiFragment = {
  paths: {},
  components: {
    schemas: {
      Problem: {
        type: "object",
        required: ["type", "title", "status", "detail", "code"],
        properties: {
          type: { type: "string", description: "`urn:footfall:error:` and the code." },
          title: { type: "string", description: "What the code means." },
          status: { type: "integer", description: "The HTTP status." },
          detail: { type: "string", description: "What happened and what to do." },
          code: { enum: Object.keys(errorCodes), description: "The kind of the error." },
          field: { type: "string", description: "The parameter at fault, or a JSON pointer into the body." },
        },
      },
    },
  },
};

/** One document of the fragments of all services of a port; of parts with the same name the first counts. */
export function openApiDocument(fragments: readonly OpenApiFragment[]): OpenApiDocument {
  const components: Record<string, Record<string, unknown>> = {};
  for (const fragment of [...fragments, shared]) {
    for (const [kind, parts] of Object.entries(fragment.components ?? {})) {
      components[kind] = { ...parts, ...components[kind] };
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Footfall",
      version: "1",
      description: "Real-time clickstream recommendations: send what visitors do, ask what to show them.",
    },
    paths: Object.assign({}, ...[...fragments].reverse().map((fragment) => fragment.paths)) as OpenApiFragment["paths"],
    components,
  };
}
