import { createServer } from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { areFree, freePorts } from "../src/free-ports.ts";

describe("free ports", () => {
  it("are different, free, and never those that a system gives to connections by itself", async () => {
    const ports = await freePorts(50);
    expect(new Set(ports).size).toBe(50);
    expect(await areFree(ports)).toBe(true);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it("are not free while somebody listens", async () => {
    const [port] = await freePorts(1);
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    expect(await areFree([port!])).toBe(false);
    server.close();
  });
});
