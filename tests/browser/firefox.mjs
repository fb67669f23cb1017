// Starts Firefox as the distribution ships it, with the built extension, a fresh profile and no way to the network: every
// name leads to this machine.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

const NAMES = ["firefox-esr", "firefox"];
/** The extension's id in its manifest, and the address we tell Firefox to give it. */
const ID = "leastwise@leastwise.example";
const UUID = "6c656173-7477-4973-8520-666f72676974";

export function executable() {
  if (process.env.FIREFOX) return process.env.FIREFOX;
  for (const name of NAMES) {
    try {
      const path = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
      if (path && existsSync(path)) return path;
    } catch {
      // Not this one.
    }
  }
  throw new Error(`no Firefox found (${NAMES.join(", ")}): ./build.sh test installs it, or set FIREFOX to its path`);
}

/** A browser with the extension in `folder`, and how to open one of its pages. */
export async function firefox(folder) {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: executable(),
    headless: true,
    args: ["--remote-allow-system-access"],
    extraPrefsFirefox: {
      "extensions.webextensions.uuids": JSON.stringify({ [ID]: UUID }),
      // The browser's question cannot be clicked without a screen: the answer is yes.
      "extensions.webextOptionalPermissionPrompts": false,
      "network.dns.forceResolve": "127.0.0.1",
      "dom.security.https_first": false,
      "dom.security.https_only_mode": false,
    },
  });
  await browser.installExtension(folder);
  const open = async (path) => {
    const page = await browser.newPage();
    await page.setViewport({ width: 420, height: 700 });
    // Firefox never reports such a page as loaded.
    await page.goto(`moz-extension://${UUID}/${path}`, { timeout: 3000 }).catch(() => {});
    return page;
  };
  /**
   * The click on the extension's button in the toolbar, on the active tab: what a person's click calls in the browser's own
   * window, and what gives access to that one tab.
   */
  const click = async () => {
    const send = (method, parameters) => browser.connection.send(method, parameters);
    const { result } = await send("browsingContext.getTree", { "moz:scope": "chrome" });
    const expression = `(() => {
      const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
      ExtensionParent.apiManager.global.browserActionFor(WebExtensionPolicy.getByID("${ID}").extension).triggerAction(window);
    })()`;
    await send("script.evaluate", { expression, target: { context: result.contexts[0].context }, awaitPromise: true });
  };
  return { browser, open, click, close: () => browser.close() };
}
