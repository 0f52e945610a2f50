import { type EventEnvelope, EventEnvelopeSchema } from "./click-event.ts";
import { LearntShapes } from "./learnt-shapes.ts";
import { fieldPatterns } from "./shape-pattern.ts";

/** What a reader far behind the log has to know of a record whose columns are made elsewhere. */
export interface ScannedEnvelope {
  readonly eventId: string;
  readonly tenant: string;
  readonly occurredAtMs: number;
  readonly receivedAtMs: number;
}

/** The numbers are those of the expression's groups. */
type EnvelopeShape = Readonly<Record<keyof ScannedEnvelope, number>> & { readonly expression: RegExp };

const capturedNames: ReadonlySet<string> = new Set(["eventId", "tenant", "occurredAtMs", "receivedAtMs"]);

/**
 * Reads the ids and times of records without making objects of them, at a fifth of the cost. It is cautious: a record
 * that `scan` accepts is one that `decodeEnvelope` accepts, with the same ids and times; of any other it says nothing,
 * and `decodeEnvelope` decides.
 */
export class EnvelopeScanner {
  readonly #shapes = new LearntShapes(envelopeShape);

  /** @param text  a record that is UTF-8; as Latin-1 will do */
  scan(text: string): ScannedEnvelope | undefined {
    const matched = this.#shapes.match(text);
    if (matched === undefined) return undefined;
    const { shape, groups } = matched;
    return {
      eventId: groups[shape.eventId]!,
      tenant: groups[shape.tenant]!,
      occurredAtMs: Number(groups[shape.occurredAtMs]),
      receivedAtMs: Number(groups[shape.receivedAtMs]),
    };
  }

  /** Learns the order of the fields of a valid record. */
  learn(envelope: EventEnvelope): void {
    this.#shapes.learn(envelope);
  }
}

function envelopeShape(envelope: EventEnvelope): EnvelopeShape {
  const fields = fieldPatterns(EventEnvelopeSchema.properties, envelope, capturedNames);
  const captured = fields.map(({ name }) => name).filter((name) => capturedNames.has(name));
  const group = (name: keyof ScannedEnvelope): number => captured.indexOf(name) + 1;
  return {
    expression: new RegExp(`^\\{${fields.map(({ pattern }) => pattern).join(",")}\\}$`),
    eventId: group("eventId"),
    tenant: group("tenant"),
    occurredAtMs: group("occurredAtMs"),
    receivedAtMs: group("receivedAtMs"),
  };
}
