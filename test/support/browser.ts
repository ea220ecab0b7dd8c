import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** The system's Chromium with all that a user has. */
export const wholeChromium = "/usr/bin/chromium";
/** The same without what draws its windows, which takes half the processor time. */
const shell = "/usr/bin/chromium-headless-shell";

/** Starts the system's Chromium without a window; a made-up microphone answers for a real one. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: existsSync(shell) ? shell : wholeChromium,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  });
}
