import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What a webhook is sent, as Alertmanager words it. */
interface WebhookBody {
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

export interface NoticeSink {
  readonly url: string;
  close(): void;
}

/** Listens on loopback for notices of alerts and says what each one tells. */
export async function startNoticeSink(say: (line: string) => void): Promise<NoticeSink> {
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      for (const { status, labels } of (body as WebhookBody).alerts) say(`webhook: ${labels["alertname"]} ${status}`);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
