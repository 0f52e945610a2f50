import { type Clock, type Random, uuidv7 } from "@footfall/base";
import type { EventLog } from "@footfall/log";
import type { Service } from "@footfall/runtime";
import express, { Router } from "express";
import type { MakeOrderEvent } from "./order-event.ts";
import { parsePurchase } from "./purchase.ts";

export interface OrderServiceOptions {
  readonly log: EventLog;
  /** Where its orders go; made where there is none. */
  readonly topic: string;
  readonly makeOrderEvent: MakeOrderEvent;
  readonly clock: Clock;
  readonly random: Random;
}

const partitions = 4;

/**
 * `POST /orders` takes a purchase, appends the event of its order, keyed by the order, and answers 201 once the log
 * holds it. Anything else is refused with its field.
 * @throws AppError LOG_UNAVAILABLE
 */
export async function createOrderService(options: OrderServiceOptions): Promise<Service> {
  const { log, topic, makeOrderEvent, clock, random } = options;
  await log.createTopic({ name: topic, partitions });
  const router = Router();
  router.post("/orders", express.json({ limit: "64kb" }), (request, response, next) => {
    const event = makeOrderEvent(parsePurchase(request.body), uuidv7(clock(), random));
    const { orderId, total, currency } = event;
    log
      .append(topic, [{ key: orderId, value: Buffer.from(JSON.stringify(event)) }])
      .then(() => void response.status(201).json({ orderId, total, currency }), next);
  });
  return { name: "orders", router, health: () => [], stop: async () => {} };
}
