import { AppError } from "@footfall/base";
import { emailMessage, type Notice, type NoticeLinks } from "@footfall/metrics/alerts";
import { createTransport } from "nodemailer";

export interface EmailAddress {
  readonly to: string;
  readonly from: string;
  /** `smtp://user:password@host:587`, or `smtps://…`. */
  readonly smtpUrl: string;
}

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

/**
 * Sends a notice as mail. It may be sent again; its Message-ID is made of the notice's key, so that mail systems know
 * it by that. @throws AppError ALERT_UNDELIVERED
 */
export async function sendEmail(
  { to, from, smtpUrl }: EmailAddress,
  notice: Notice,
  links: NoticeLinks,
): Promise<void> {
  const transport = createTransport({ url: smtpUrl, ...timeouts });
  try {
    const messageId = `<${notice.key.replaceAll(/[^A-Za-z0-9._-]/g, "_")}@footfall>`;
    await transport.sendMail({ to, from, messageId, ...emailMessage(notice, links) });
  } catch (cause) {
    const message = `Receiver ${notice.receiver} did not take a mail to ${to}: ${(cause as Error).message}`;
    throw new AppError("ALERT_UNDELIVERED", message, { cause });
  } finally {
    transport.close();
  }
}
