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

Generated from packages/events/src/click-event.ts by \`npm run docs\`. Names and fields are GA4's where GA4 has them. What
else senders send, and what happens to it, is in [input.md](input.md); nothing rejected is lost (\`npm run topics -- dead-letters\`).

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

## What is mended

An event that does not fit the schema is mended before it is judged, and \`footfall_collector_mended_fields_total\` counts it:

| how | what |
|---|---|
| \`ignored\` | fields that are not listed here |
| \`absent\` | optional fields that are null, or empty where text may not be empty |
| \`coerced\` | numbers as text, ids and texts as whole numbers, currency and \`eventId\` in the other case, times with a fraction |
| \`cut\` | texts and addresses that are too long, never within a character |
| \`repaired\` | NUL and halves of surrogate pairs in texts and addresses, which become U+FFFD |

Ids are never cut or repaired, because a changed id is another id: too long a one, control characters and halves of pairs
reject the event. So does a number as an id past 2^53, where JSON has lost digits.

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
