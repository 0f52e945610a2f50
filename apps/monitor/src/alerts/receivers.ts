import type { Notice, NoticeLinks } from "@footfall/metrics/alerts";
import { type EmailAddress, sendEmail } from "./send-email.ts";
import { sendWebhook } from "./send-webhook.ts";

/** Who is told of alerts; one that has no address is one that nobody listens at. */
export interface Receiver {
  /** Notices are posted there, as Alertmanager posts them. */
  readonly webhookUrl?: string;
  readonly email?: EmailAddress;
}

/** Tells a receiver, on all its ways. @throws AppError ALERT_UNDELIVERED where one does not take it */
export async function sendNotice({ webhookUrl, email }: Receiver, notice: Notice, links: NoticeLinks): Promise<void> {
  await Promise.all([
    webhookUrl === undefined ? undefined : sendWebhook(webhookUrl, notice, links),
    email && sendEmail(email, notice, links),
  ]);
}
