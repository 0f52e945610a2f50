import { type AlertState, receiversOf } from "@footfall/metrics/alerts";
import type { NoticeFile } from "./alert-files.ts";
import type { DeliveryAttempts, FailedAttempts } from "./delivery-attempts.ts";

type Group = AlertState["groups"][string];

/**
 * - "waiting": for the group to fill (`group_wait`)
 * - "sending": handed out, and not known to be taken
 * - "failing": as sending, and `failed` says what came of it
 * - "delivered": at `deliveredAtMs`
 */
export type DeliveryState = "waiting" | "sending" | "failing" | "delivered";

export interface GroupDelivery {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: DeliveryState;
  /** Of the last notice that was taken. */
  readonly deliveredAtMs?: number;
  /** Where it waits: from when on it is sent. */
  readonly dueAtMs?: number;
  readonly failed?: FailedAttempts;
}

export interface ReceiverDeliveries {
  readonly receiver: string;
  readonly ways: readonly ("webhook" | "email")[];
  /** When it last took a notice, since the monitor began. */
  readonly takenAtMs?: number;
  /** Those that fail first. */
  readonly groups: readonly GroupDelivery[];
}

export interface AlertmanagerDelivery {
  /** Without a password. */
  readonly url: string;
  readonly takenAtMs?: number;
  readonly failed?: FailedAttempts;
}

/** More groups of one receiver are not shown. */
const groupsMax = 100;
const order: readonly DeliveryState[] = ["failing", "sending", "waiting", "delivered"];

/** What every receiver and every Alertmanager has been told, and what not. Addresses of webhooks are secrets. */
export function noticeDeliveries(
  groups: AlertState["groups"],
  { route, receivers = new Map(), alertmanagers = [] }: Partial<NoticeFile>,
  attempts: DeliveryAttempts,
): { readonly receivers: readonly ReceiverDeliveries[]; readonly alertmanagers: readonly AlertmanagerDelivery[] } {
  const all = Object.entries(groups).map(([key, group]) => ({
    receiver: group.receiver,
    ...groupDelivery(group, attempts.failureOf(key)),
  }));
  const names = route ? [...receiversOf(route)] : [];
  return {
    receivers: names.map((receiver) => {
      const { webhookUrl, email } = receivers.get(receiver) ?? {};
      const takenAtMs = attempts.takenAtMs(receiver);
      const own = all.filter((group) => group.receiver === receiver);
      const sorted = own.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
      return {
        receiver,
        ways: [...(webhookUrl === undefined ? [] : (["webhook"] as const)), ...(email ? (["email"] as const) : [])],
        ...(takenAtMs !== undefined && { takenAtMs }),
        groups: sorted.slice(0, groupsMax).map(({ receiver: _own, ...group }) => group),
      };
    }),
    alertmanagers: alertmanagers.map((url) => {
      const takenAtMs = attempts.takenAtMs(url);
      const failed = attempts.failureOf(url);
      return { url: shownUrl(url), ...(takenAtMs !== undefined && { takenAtMs }), ...(failed && { failed }) };
    }),
  };
}

function groupDelivery(group: Group, failed: FailedAttempts | undefined): GroupDelivery {
  const { labels, sentAtMs, seenAtMs, waitMs, offer } = group;
  const delivered = sentAtMs !== undefined && { deliveredAtMs: sentAtMs };
  if (offer) return { labels, state: failed ? "failing" : "sending", ...delivered, ...(failed && { failed }) };
  if (sentAtMs !== undefined) return { labels, state: "delivered", deliveredAtMs: sentAtMs };
  return { labels, state: "waiting", dueAtMs: seenAtMs + waitMs };
}

/** Without what only its user may know. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return "an address that cannot be read";
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}
