import { AppError } from "@footfall/base";
import { type Notice, type NoticeLinks, webhookPayload } from "@footfall/metrics/alerts";
import { fetchFailure } from "./fetch-failure.ts";

const timeoutMs = 10_000;

/**
 * Posts a notice. A receiver may get it again; it knows it by its `Idempotency-Key`. @throws AppError ALERT_UNDELIVERED
 */
export async function sendWebhook(url: string, notice: Notice, links: NoticeLinks): Promise<void> {
  const undelivered = (why: string, cause?: unknown) =>
    new AppError("ALERT_UNDELIVERED", `Receiver ${notice.receiver} did not take a notice: ${why}`, { cause });
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": notice.key },
      body: JSON.stringify(webhookPayload(notice, links)),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw undelivered(fetchFailure(cause), cause);
  }
  await response.body?.cancel();
  if (!response.ok) throw undelivered(`status ${response.status}`);
}
