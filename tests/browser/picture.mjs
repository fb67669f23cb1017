// Takes the README's picture of the popup: `npm run picture` after a build.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { withExtension } from "./browser.mjs";
import { HOST, TOKENS, tokenPage } from "./fixtures.mjs";
import { EXTENSION, ROOT } from "./harness.mjs";

const rows = [
  { name: "deploy-prod", scopes: "api", used: "2026-05-01T06:00:00.000Z", expires: "Thu Mar 11 2027 00:00:00 GMT+0000", role: "Owner", id: 501 },
  { name: "renovate", scopes: "api, write_repository", used: "2026-11-19T06:00:00.000Z", role: "Developer", id: 502 },
  { name: "docs-mirror", scopes: "read_repository", used: "2026-11-19T08:00:00.000Z", expires: "Mon Jan 11 2027 00:00:00 GMT+0000", role: "Reporter", id: 503 },
];
const { context, worker, id, close } = await withExtension(EXTENSION, ["--host-resolver-rules=MAP * ~NOTFOUND"], { deviceScaleFactor: 2 });
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
await popup.evaluate(() => document.activeElement?.blur());
mkdirSync(join(ROOT, "docs/images"), { recursive: true });
await popup.screenshot({ path: join(ROOT, "docs/images/popup.png") });
await close();
