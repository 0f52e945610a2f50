import { existsSync } from "node:fs";
import { isRequired } from "@footfall/testkit";
import { type Browser, chromium } from "playwright-core";

const executablePath = "/usr/bin/chromium";
/** A visitor's: events of a browser that calls itself headless are a bot's, which nothing is recommended from. */
const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

/**
 * Whether browser tests can run. Says loudly what is skipped; where a browser is required, its absence is a failure.
 */
export function hasChromium(): boolean {
  if (existsSync(executablePath)) return true;
  if (isRequired("browser", process.env)) {
    throw new Error(`FOOTFALL_REQUIRE asks for browser tests, but there is no Chromium at ${executablePath}`);
  }
  process.stderr.write(`SKIPPED: browser tests, since there is no Chromium at ${executablePath}\n`);
  return false;
}

/** A headless Chromium that talks to nobody but the pages it opens. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      `--user-agent=${userAgent}`,
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
