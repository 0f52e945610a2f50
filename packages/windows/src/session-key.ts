/**
 * What a session is told by. The id alone is not unique: GA4's is the second in which the visit began, and two visitors
 * begin in one.
 */
export interface SessionKey {
  readonly tenant: string;
  readonly visitorId: string;
  readonly sessionId: string;
}

/** The key as one text: equal for equal keys only, since ids hold no control characters. */
export function sessionKeyText({ tenant, visitorId, sessionId }: SessionKey): string {
  return `${sessionId}\u0000${visitorId}\u0000${tenant}`;
}
