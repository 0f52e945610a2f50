import { type ManualClock, manualClock, seededRandom, type TenantId, uuidv7 } from "@footfall/base";
import type { EventReceipt } from "@footfall/events";
import type { SpoolStore } from "@footfall/log/spool";
import {
  createLogger,
  Registry,
  type RunningServer,
  type Service,
  startServer,
  type WriteKey,
  type WriteKeys,
} from "@footfall/runtime";
import { type CollectorBounds, createCollector } from "../src/collector.ts";
import { type MemoryLog, memoryLog } from "./memory-log.ts";

export const nowMs = Date.UTC(2026, 10, 23);
export const pageOrigin = "https://shop.example";

export interface RunningCollector {
  readonly server: RunningServer;
  readonly service: Service;
  readonly log: MemoryLog;
  readonly clock: ManualClock;
  readonly registry: Registry;
  post(body: string | Buffer, headers?: Record<string, string>, query?: string): Promise<Answer>;
  send(events: readonly unknown[], more?: object): Promise<Answer>;
  isAlive(): Promise<boolean>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly receipts: EventReceipt[];
  readonly code: string | undefined;
  readonly detail: string;
}

const keys: WriteKey[] = [
  { key: "page", tenant: "shop" as TenantId, origins: [pageOrigin], isHistoric: false },
  { key: "open", tenant: "shop" as TenantId, origins: ["*"], isHistoric: false },
  { key: "past", tenant: "shop" as TenantId, origins: [], isHistoric: true },
  { key: "other", tenant: "other" as TenantId, origins: [], isHistoric: false },
];

export interface StartOptions {
  readonly bounds?: Partial<CollectorBounds>;
  /** Else four of two shops. */
  readonly keys?: WriteKeys;
  readonly freeDiskBytes?: () => number | undefined;
  readonly spoolStore?: SpoolStore;
  readonly log?: MemoryLog;
  /** Lines of JSON that it logs; none are made without. */
  readonly onLogLine?: (line: string) => void;
}

export async function startCollector(options: StartOptions = {}): Promise<RunningCollector> {
  const log = options.log ?? memoryLog();
  const clock = manualClock(nowMs);
  const registry = new Registry();
  const { onLogLine: write } = options;
  const logger = createLogger(
    write ? { name: "test", level: "info", destination: { write } } : { name: "test", level: "silent" },
  );
  const service = await createCollector({
    keys: new Map(keys.map((key) => [key.key, key])),
    clock: clock.now,
    random: seededRandom(1),
    logger,
    registry,
    trackerScript: Buffer.from("/* tracker */ ".repeat(50)),
    ...options,
    log,
  });
  const server = await startServer({ services: [service], host: "127.0.0.1", port: 0, logger, registry });
  const post: RunningCollector["post"] = async (body, headers = {}, query = "") =>
    readAnswer(await fetch(`${server.url}/v1/events${query}`, { method: "POST", body, headers }));
  return {
    server,
    service,
    log,
    clock,
    registry,
    post,
    send: (events, more = {}) => post(JSON.stringify({ key: "open", events, ...more })),
    isAlive: async () => (await fetch(`${server.url}/livez`)).ok,
    close: () => server.close(),
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const value = (text === "" ? {} : JSON.parse(text)) as {
    receipts?: EventReceipt[];
    code?: string;
    detail?: string;
  };
  return {
    status: response.status,
    headers: response.headers,
    receipts: value.receipts ?? [],
    code: value.code,
    detail: value.detail ?? "",
  };
}

const random = seededRandom(7);

export function clickEvent(more: object = {}): { eventId: string; [field: string]: unknown } {
  return {
    eventId: uuidv7(nowMs, random),
    name: "view_item",
    visitorId: "visitor-1",
    sessionId: "session-1",
    seq: 1,
    occurredAtMs: nowMs - 1000,
    items: [{ item_id: "sku-1" }],
    ...more,
  };
}
