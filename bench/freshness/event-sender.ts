import { seededRandom, uuidv7 } from "@footfall/base";
import { itemIdOf } from "../rank/synthetic-model.ts";

/** Sends clicks through the collector and remembers when each event was sent. */
export class EventSender {
  /** Event id → when its request began, ms since the epoch. */
  readonly sentAtMs = new Map<string, number>();
  private readonly url: string;
  private readonly items: number;
  private readonly random = seededRandom(5);

  constructor(url: string, items: number) {
    this.url = url;
    this.items = items;
  }

  randomItem(): string {
    return itemIdOf(Math.floor(this.items * this.random()));
  }

  /** @throws Error unless every event is accepted */
  async send(clicks: readonly { readonly visitorId: string; readonly itemId: string }[]): Promise<void> {
    const nowMs = Date.now();
    const events = clicks.map(({ visitorId, itemId }) => ({
      eventId: uuidv7(nowMs, Math.random),
      name: "view_item",
      visitorId,
      sessionId: `session-of-${visitorId}`,
      occurredAtMs: nowMs,
      items: [{ item_id: itemId }],
    }));
    for (const event of events) this.sentAtMs.set(event.eventId, nowMs);
    const response = await fetch(`${this.url}/v1/events?key=demo`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sentAtMs: nowMs, events }),
    });
    const text = await response.text();
    const { receipts } = JSON.parse(text) as { receipts?: { status: string }[] };
    if (!receipts?.every((receipt) => receipt.status === "accepted")) throw new Error(`not all accepted: ${text}`);
  }
}
