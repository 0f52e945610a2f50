import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "@footfall/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readAgentFile } from "../src/agent-file.ts";

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

async function read(text: string) {
  const path = join(folder.path, "agent.yml");
  await writeFile(path, text);
  return readAgentFile(path);
}

it("reads what is to be followed", async () => {
  const file = await read(`
logs:
  - paths: ["/var/log/cart/*.log*"]
    service: cart
    format: json
    multiLine: java
  - paths: [/var/log/nginx/access.log*]
    service: nginx
    format: combined
scrape:
  - { job: collector, url: "http://127.0.0.1:8091/metrics" }
`);
  expect(file.logs?.map(({ service }) => service)).toEqual(["cart", "nginx"]);
  expect(file.scrape?.[0]?.job).toBe("collector");
});

it("names the file and every fault", async () => {
  const faulty = "logs:\n  - paths: [relative.log]\n    service: cart\n    format: xml\n  - service: x\nother: 1\n";
  await expect(read(faulty)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringMatching(/agent\.yml:[^]*\/logs\/0\/paths\/0[^]*\/logs\/0\/format[^]*\/logs\/1\/paths/),
  });
  const unnamed = `logs: [{ paths: [/a.log], service: ${"ü".repeat(100)} }]`;
  await expect(read(unnamed)).rejects.toMatchObject({ message: expect.stringContaining("/logs/0/service") });
  const joined = "logs: [{ paths: [/a.log], service: a, format: docker, multiLine: java }]";
  await expect(read(joined)).rejects.toMatchObject({ message: expect.stringContaining("/logs/0/multiLine") });
  await expect(read("logs: [")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await expect(readAgentFile("/nowhere/agent.yml")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
