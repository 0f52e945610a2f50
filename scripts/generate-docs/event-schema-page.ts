import {
  ClickEventSchema,
  ClickItemSchema,
  EventEnvelopeSchema,
  eventNames,
  limits,
  RecommendationRefSchema,
  schemaVersion,
} from "@footfall/events";
import type { TObject, TSchema } from "@sinclair/typebox";

/** docs/event-schema.md: what a client sends, and what the log holds. */
export function eventSchemaPage(): string {
  const envelopeOnly = Object.keys(EventEnvelopeSchema.properties).filter(
    (name) => !(name in ClickEventSchema.properties),
  );
  return `# Event schema, version ${schemaVersion}

Generated from packages/events/src/click-event.ts by \`npm run docs\`. Names and fields are GA4's where GA4 has them. A field
that is not listed here is rejected with \`EVENT_FIELD_UNKNOWN\`; nothing rejected is lost (\`npm run topics -- dead-letters\`).

A request is \`POST /v1/events\` with \`{"key", "sentAtMs", "events": [...]}\`; the answer holds one receipt per event, in order:
\`accepted\` (the log holds it durably), \`duplicate\` (its id is known) or \`rejected\` with \`code\`, \`field\` (a JSON pointer) and \`reason\`.

## Event

${table(ClickEventSchema)}

## Names

${eventNames.map((name) => `\`${name}\``).join(", ")}

## Item, an element of \`items\`

${table(ClickItemSchema)}

## Recommendation, what an impression or click answers to

${table(RecommendationRefSchema)}

## Envelope, what the collector adds

Topic \`clicks\` holds one JSON object a record: the event and these. \`occurredAtMs\` is then corrected for the device's clock:
\`receivedAtMs - (sentAtMs - occurredAtMs)\` of the event as it was sent. Events of a \`historic\` key keep their time.

${table(EventEnvelopeSchema, envelopeOnly)}

## Characters

Ids must be storable as they are: control characters and halves of surrogate pairs reject the event. In texts and addresses
a NUL or half pair becomes U+FFFD, so that a title cut within an emoji costs nothing.

## Limits

| limit | value |
|---|---|
${Object.entries(limits)
  .map(([name, value]) => `| \`${name}\` | ${value} |`)
  .join("\n")}
`;
}

function table(schema: TObject, names = Object.keys(schema.properties)): string {
  const rows = names.map((name) => {
    const property = schema.properties[name] as TSchema;
    const isRequired = schema.required?.includes(name) ?? false;
    return `| \`${name}\` | ${typeOf(property)} | ${isRequired ? "yes" : ""} | ${property.description ?? ""} |`;
  });
  return `| field | type | required | meaning |\n|---|---|---|---|\n${rows.join("\n")}`;
}

function typeOf(schema: TSchema): string {
  if (schema["const"] !== undefined) return `\`${String(schema["const"])}\``;
  switch (schema["type"]) {
    case "string":
      return schema["maxLength"] === undefined ? "string" : `string, at most ${schema["maxLength"]}`;
    case "array":
      return `array, at most ${schema["maxItems"]}`;
    case "integer":
    case "number":
      return `${schema["type"]}${range(schema["minimum"], schema["maximum"])}`;
    default:
      return String(schema["type"]);
  }
}

function range(minimum: unknown, maximum: unknown): string {
  return minimum === undefined && maximum === undefined ? "" : `, ${String(minimum)} to ${String(maximum)}`;
}
