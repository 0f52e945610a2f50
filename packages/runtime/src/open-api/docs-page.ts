import { createHash } from "node:crypto";
import type { OpenApiDocument } from "./open-api-document.ts";

/** The parts of OpenAPI that the page shows. Everything is optional: it shows what it finds. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly description?: string;
}
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: { readonly description?: string; readonly content?: Content };
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

const style = `
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h2{margin-top:2.5rem;font-size:1.2rem}h2 b{background:#0b6;color:#fff;border-radius:4px;padding:.1rem .5rem;margin-right:.5rem}
h3{font-size:1rem;margin-bottom:.3rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #d5dbe3}
code{font:.9em ui-monospace,monospace;background:#eef1f5;border-radius:3px;padding:0 .25rem}a{color:#0a5fb0}
@media(prefers-color-scheme:dark){body{color:#e3e8ef;background:#12161c}code{background:#222a35}
th,td{border-color:#33404f}a{color:#6cb4ff}}
`;

/** The page needs its own style and nothing else: no script, no foreign host. */
export const docsSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** An OpenAPI document as one page of plain HTML. */
export function docsPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) =>
      operationSection(method, path, operation),
    ),
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) =>
    schemaSection(name, schema as Schema),
  );
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escape(document.info.title)} API</title>` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><style>${style}</style></head><body>` +
    `<h1>${escape(document.info.title)} API</h1><p>${prose(document.info.description)} ` +
    `The same for machines: <a href="/openapi.json">openapi.json</a>.</p>` +
    `${operations.join("")}<h2>Types</h2>${schemas.join("")}</body></html>`
  );
}

function operationSection(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map((parameter) => [
    `<code>${escape(parameter.name)}</code>${parameter.required ? " (required)" : ""}`,
    `${escape(parameter.in)}, ${typeOf(parameter.schema)}`,
    prose(parameter.description),
  ]);
  const responses = Object.entries(operation.responses ?? {}).map(([status, response]) => [
    `<code>${escape(status)}</code>`,
    contentOf(response.content),
    prose(response.description),
  ]);
  const body = operation.requestBody;
  return (
    `<h2 id="${escape(`${method}-${path}`)}"><b>${escape(method.toUpperCase())}</b><code>${escape(path)}</code></h2>` +
    `<p><strong>${prose(operation.summary)}</strong></p><p>${prose(operation.description)}</p>` +
    table("Parameters", parameters) +
    (body ? `<h3>Body</h3><p>${contentOf(body.content)} ${prose(body.description)}</p>` : "") +
    table("Answers", responses)
  );
}

function schemaSection(name: string, schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([property, type]) => [
    `<code>${escape(property)}</code>${schema.required?.includes(property) ? " (required)" : ""}`,
    typeOf(type),
    prose(type.description),
  ]);
  const heading = `<h3 id="${escape(name)}">${escape(name)}</h3>`;
  const text = schema.description === undefined ? "" : `<p>${prose(schema.description)}</p>`;
  return heading + text + (rows.length > 0 ? rowsTable(rows) : `<p>${typeOf(schema)}</p>`);
}

function typeOf(schema: Schema | undefined): string {
  if (!schema) return "";
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    return `<a href="#${escape(name)}">${escape(name)}</a>`;
  }
  if (schema.enum) return schema.enum.map((value) => `<code>${escape(String(value))}</code>`).join(" | ");
  if (schema.items) {
    const most = schema.maxItems === undefined ? "" : `, at most ${schema.maxItems}`;
    return `list of ${typeOf(schema.items)}${most}`;
  }
  const parts = [schema.format ?? [schema.type ?? "any"].flat().join(" or ")];
  if (schema.minimum !== undefined) parts.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) parts.push(`to ${schema.maximum}`);
  if (schema.maxLength !== undefined) parts.push(`at most ${schema.maxLength} characters`);
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`);
  return escape(parts.join(", "));
}

function contentOf(content: Content | undefined): string {
  return Object.entries(content ?? {})
    .map(([type, { schema }]) => `<code>${escape(type)}</code> ${typeOf(schema)}`)
    .join(", ");
}

function table(heading: string, rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : `<h3>${heading}</h3>${rowsTable(rows)}`;
}

function rowsTable(rows: readonly (readonly string[])[]): string {
  return `<table>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</table>`;
}

/** Text with `code` in back quotes. */
function prose(text: string | undefined): string {
  return escape(text ?? "").replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
