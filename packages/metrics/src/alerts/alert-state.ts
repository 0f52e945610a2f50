import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";

const Texts = Type.Record(Type.String(), Type.String());
/** JSON has no infinite numbers. */
const JsonNumber = Type.Union([Type.Number(), Type.Literal("+Inf"), Type.Literal("-Inf")]);

const AlertRecordSchema = Type.Object({
  /** Group and name of the rule. */
  rule: Type.String(),
  labels: Texts,
  annotations: Texts,
  value: Type.Optional(JsonNumber),
  /** "calm": over, but remembered because its rule counts how often it flaps. */
  state: Type.Union([Type.Literal("pending"), Type.Literal("firing"), Type.Literal("calm")]),
  /** From fingerprint and `activeAtMs`, so that a replay gives the same one. */
  episode: Type.String(),
  activeAtMs: Type.Number(),
  firedAtMs: Type.Optional(Type.Number()),
  /** How long the condition was seen to hold: time that nobody observed is not in it. */
  heldMs: Type.Number(),
  /** How long a firing alert was seen not to hold. */
  clearMs: Type.Optional(Type.Number()),
  /** End of the last window that said something. */
  seenAtMs: Type.Number(),
  noDataSinceMs: Type.Optional(Type.Number()),
  /** When its last episodes began to fire; only where the rule has `flapping`. */
  firingsMs: Type.Optional(Type.Array(Type.Number())),
});

/** An episode that is over, kept until everybody who was told of it knows. */
const EndedAlertSchema = Type.Object({
  fingerprint: Type.String(),
  labels: Texts,
  annotations: Texts,
  value: Type.Optional(JsonNumber),
  firedAtMs: Type.Number(),
  endedAtMs: Type.Number(),
  reason: Type.Optional(Type.String()),
});

const NoticeGroupSchema = Type.Object({
  receiver: Type.String(),
  labels: Texts,
  waitMs: Type.Number(),
  intervalMs: Type.Number(),
  repeatMs: Type.Number(),
  seenAtMs: Type.Number(),
  sentAtMs: Type.Optional(Type.Number()),
  /** Episodes whose firing notice was handed out to be sent, or is known to be sent. */
  episodes: Type.Record(Type.String(), Type.Union([Type.Literal("offered"), Type.Literal("sent")])),
  /** The notice that was handed out last. */
  offer: Type.Optional(
    Type.Object({ key: Type.String(), firing: Type.Array(Type.String()), resolved: Type.Array(Type.String()) }),
  ),
});

const AlertStateSchema = Type.Object({
  version: Type.Literal(1),
  /** End of the last window that was judged. */
  windowEndMs: Type.Union([Type.Number(), Type.Null()]),
  /** By fingerprint. */
  alerts: Type.Record(Type.String(), AlertRecordSchema),
  /** By episode. */
  ended: Type.Record(Type.String(), EndedAlertSchema),
  /** By group key. */
  groups: Type.Record(Type.String(), NoticeGroupSchema),
});

export type AlertRecord = Static<typeof AlertRecordSchema>;
export type EndedAlert = Static<typeof EndedAlertSchema>;
export type NoticeGroup = Static<typeof NoticeGroupSchema>;
/** All that alerts and notices remember: a JSON value that a restart goes on from. */
export type AlertState = Static<typeof AlertStateSchema>;

export const noAlerts: AlertState = { version: 1, windowEndMs: null, alerts: {}, ended: {}, groups: {} };

/** A stored state, or undefined where the value is none of this version. */
export function restoreAlertState(value: unknown): AlertState | undefined {
  return Value.Check(AlertStateSchema, value) ? value : undefined;
}

export function toJsonNumber(value: number): Static<typeof JsonNumber> {
  return Number.isFinite(value) ? value : value > 0 ? "+Inf" : "-Inf";
}
