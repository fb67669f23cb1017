// The README's pictures, taken from the real product with made-up tokens. `LEASTWISE_PICTURES=1` (or `npm run pictures`) renews
// the committed ones; without it the pictures are taken all the same, and have to be as wide as those that the README shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chromium, withExtension } from "./browser.mjs";
import { HOST, TOKENS, tokenPage } from "./fixtures.mjs";
import { EXTENSION, OUT, ROOT, servePage } from "./harness.mjs";

const rows = [
  { name: "deploy-prod", scopes: "api", used: "2026-05-01T06:00:00.000Z", expires: "Thu Mar 11 2027 00:00:00 GMT+0000", role: "Owner", id: 501 },
  { name: "renovate", scopes: "api, write_repository", used: "2026-11-19T06:00:00.000Z", role: "Developer", id: 502 },
  { name: "docs-mirror", scopes: "read_repository", used: "2026-11-19T08:00:00.000Z", expires: "Mon Jan 11 2027 00:00:00 GMT+0000", role: "Reporter", id: 503 },
];

/** Takes a picture; as wide as the committed one. */
async function picture(page, name) {
  const committed = join(ROOT, "docs/images", name);
  await page.evaluate(() => document.activeElement?.blur());
  const taken = await page.screenshot({ path: process.env.LEASTWISE_PICTURES ? committed : join(OUT, name) });
  assert.equal(taken.readUInt32BE(16), readFileSync(committed).readUInt32BE(16), `${name} is not of this product: LEASTWISE_PICTURES=1 renews it`);
  assert.ok(readFileSync(join(ROOT, "README.md"), "utf8").includes(`docs/images/${name}`), `the README does not show ${name}`);
}

test("the popup on a token page", async () => {
  const { context, worker, id, close } = await withExtension(EXTENSION, ["--host-resolver-rules=MAP * ~NOTFOUND"], { deviceScaleFactor: 2 });
  try {
    const body = tokenPage(rows).html.replace(/<div class="gl-alert"[\s\S]*?<\/div>/, "");
    await context.route(/^https:/, (route) => route.fulfill({ body, contentType: "text/html; charset=utf-8" }));
    const tab = await context.newPage();
    await tab.goto(HOST + TOKENS);
    const cdp = await context.browser().newBrowserCDPSession();
    const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
    await cdp.send("Extensions.triggerAction", { id, targetId: targetInfos.find((target) => target.url === HOST + TOKENS).targetId });
    const tabs = await worker.evaluate(() => chrome.tabs.query({}));
    const popup = await context.newPage();
    await popup.setViewportSize({ width: 420, height: 600 });
    await popup.emulateMedia({ colorScheme: "light" });
    await popup.goto(`chrome-extension://${id}/popup.html?tab=${tabs.find((tab) => tab.url === HOST + TOKENS).id}`);
    await popup.locator(".verdict").waitFor();
    await picture(popup, "popup.png");
  } finally {
    await close();
  }
});

test("the page with its sample", async () => {
  const server = await servePage();
  const browser = await chromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, deviceScaleFactor: 2, colorScheme: "light" });
    await page.goto(server.url);
    await page.getByRole("button", { name: "Load sample" }).click();
    await page.locator(".finding").first().waitFor();
    await picture(page, "page.png");
  } finally {
    await browser.close();
    server.close();
  }
});
