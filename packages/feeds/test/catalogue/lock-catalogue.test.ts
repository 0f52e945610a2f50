import { temporaryFolder } from "@footfall/testkit";
import { expect, it } from "vitest";
import { lockCatalogue } from "../../src/catalogue/lock-catalogue.ts";

it("lets one import of a table in at a time", async () => {
  const folder = await temporaryFolder();
  const noWait = { retries: 0, factor: 1, minTimeout: 1, maxTimeout: 1 };
  const first = await lockCatalogue(folder.path, "cdc.shop.products");
  const conflict = { code: "CATALOGUE_CONFLICT", retriable: true };
  await expect(lockCatalogue(folder.path, "cdc.shop.products", noWait)).rejects.toMatchObject(conflict);
  const other = await lockCatalogue(folder.path, "cdc.shop.others", noWait);
  await other.release();
  const waiting = lockCatalogue(folder.path, "cdc.shop.products");
  await first.release();
  await (await waiting).release();
  expect(first.lost.aborted).toBe(false);
  await folder.remove();
});
