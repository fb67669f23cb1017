// Starts Chromium as the distribution ships it: plain, or with the built extension. Nothing it does by itself may reach
// the network.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium as playwright } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

export function executable() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of NAMES) {
    try {
      const path = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
      if (path && existsSync(path)) return path;
    } catch {
      // Not this one.
    }
  }
  throw new Error(`no Chromium found (${NAMES.join(", ")}): ./build.sh test installs it, or set CHROMIUM to its path`);
}

export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser without the extension. */
export function chromium(flags = []) {
  return playwright.launch({ executablePath: executable(), args: [...FLAGS, ...flags] });
}

/** A browser with the extension in `folder` loaded, a fresh profile, and its background's address. */
export async function withExtension(folder, flags = [], options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "leastwise-profile-"));
  const context = await playwright.launchPersistentContext(profile, {
    executablePath: executable(),
    headless: true,
    ignoreDefaultArgs: ["--disable-extensions"],
    args: [
      ...FLAGS,
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
      "--enable-unsafe-extension-debugging",
      ...flags,
    ],
    ...options,
  });
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, worker, id: new URL(worker.url()).host, close };
}
