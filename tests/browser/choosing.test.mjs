// Advice while choosing, in a real Chromium: boxes are ticked on the page, and the open popup follows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { withExtension } from "./browser.mjs";
import { GITLAB_CSP } from "./fixtures.mjs";
import { CICD, DEPLOY, FINE_GRAINED, LEGACY, RAILS, SHARED } from "./forms.mjs";
import { EXTENSION, accessible, everything } from "./harness.mjs";

const pages = new Map();
let browser, cdp;

before(async () => {
  browser = await withExtension(EXTENSION, ["--host-resolver-rules=MAP * ~NOTFOUND"]);
  cdp = await browser.context.browser().newBrowserCDPSession();
  await browser.context.route(/^https:/, (route) => {
    const body = pages.get(route.request().url());
    const headers = { "content-security-policy": GITLAB_CSP };
    return body === undefined ? route.abort() : route.fulfill({ body, headers, contentType: "text/html; charset=utf-8" });
  });
});
after(() => browser?.close());

/** Opens a page, clicks the extension's button there, and opens the popup of that tab beside it. */
async function beside({ url, html }) {
  pages.set(url, html);
  const tab = await browser.context.newPage();
  await tab.goto(url);
  const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
  await cdp.send("Extensions.triggerAction", { id: browser.id, targetId: targetInfos.findLast((target) => target.url === url).targetId });
  const tabs = await browser.worker.evaluate(() => chrome.tabs.query({}));
  const popup = await browser.context.newPage();
  await popup.setViewportSize({ width: 420, height: 700 });
  await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=${tabs.findLast((one) => one.url === url).id}`);
  await popup.locator(".verdict, .explained").first().waitFor();
  const close = async () => {
    await popup.close();
    await tab.close();
  };
  return { tab, popup, close };
}

/** Waits until the advice on the form says this. */
async function says(popup, words, index = 0) {
  const form = popup.locator(".creating").nth(index);
  const end = Date.now() + 10_000;
  let text = "";
  for (;;) {
    text = await form.evaluate((element) => element.textContent, undefined, { timeout: 1000 }).catch(() => "");
    if (words.test(text)) return text;
    if (Date.now() > end) assert.fail(`never ${words} in: ${text}`);
    await popup.waitForTimeout(100);
  }
}
const silent = async (popup, words) => assert.ok(!words.test(await popup.locator("main").innerText()), `${words} is said`);
/** Ticks by the box itself: what lies over it on a real page is its own label. */
const tick = (tab, selector) => tab.locator(selector).first().click({ force: true });

test("a project token's form is answered with every tick", async () => {
  const { tab, popup, close } = await beside(RAILS());
  await says(popup, /You are about to create: project access token in acme\/payments\/api/);
  await says(popup, /No scope is ticked yet/);
  await tick(tab, "[value=read_api]");
  await says(popup, /read_api: it can read everything/);
  await says(popup, /role Developer/);
  await says(popup, /in 36\d days|is over/);
  await tick(tab, "[value=api]");
  await says(popup, /read_api has no effect beside api/);
  await tab.locator("select").selectOption("50");
  await says(popup, /Only an Owner may delete/);
  await tick(tab, "[value=api]");
  await tick(tab, "[value=read_api]");
  await tick(tab, "[value=write_registry]");
  await says(popup, /write_registry does not work alone: tick read_registry too/);
  await tick(tab, "[value=write_registry]");
  await tick(tab, "[value=read_repository]");
  await says(popup, /work with the role Reporter; Owner adds nothing/);
  await tab.locator("select").selectOption("20");
  await says(popup, /cloning code: this choice is the smallest of its kind/);
  await tab.locator(".gl-datepicker-input").fill("");
  await says(popup, /No day is chosen/);
  const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  await tab.locator(".gl-datepicker-input").fill(day);
  await says(popup, /^(?![^]*No day is chosen)(?![^]*It would end)/);
  for (const summary of await popup.locator(".creating summary").all()) await summary.click();
  await accessible(popup, "popup-choosing");
  assert.ok(!/planted/.test(await everything(popup)));
  await close();
});

test("a folded form says nothing, and is answered when it is opened", async () => {
  const { tab, popup, close } = await beside(RAILS("personal_access_token", true));
  await popup.waitForTimeout(1500);
  await silent(popup, /about to create/);
  await tab.evaluate(() => document.querySelector("[data-testid=crud-form]").classList.remove("gl-hidden"));
  await says(popup, /personal access token/);
  await tick(tab, "[value=k8s_proxy]");
  await says(popup, /Kubernetes API/);
  await tab.evaluate(() => document.querySelector("[data-testid=crud-form]").classList.add("gl-hidden"));
  await popup.locator(".creating").waitFor({ state: "detached" });
  await close();
});

test("the newer forms are answered: shared, legacy and fine-grained", async () => {
  const shared = await beside(SHARED());
  await says(shared.popup, /service account token/);
  await tick(shared.tab, "[data-testid=create_runner-checkbox]");
  await says(shared.popup, /create runners[^]*No day is chosen/);
  await shared.close();
  const legacy = await beside(LEGACY());
  await says(legacy.popup, /personal access token[^]*No scope is ticked yet/);
  await tick(legacy.tab, "[data-testid=api] input");
  await says(legacy.popup, /api: it can do everything[^]*you reach/);
  await legacy.close();
  const fine = await beside(FINE_GRAINED());
  await says(fine.popup, /fine-grained personal access token[^]*No permission is chosen yet/);
  await fine.tab.evaluate(() => document.querySelector("[data-testid=listbox-item-push_code]").setAttribute("aria-selected", "true"));
  await says(fine.popup, /never more than you may: push_code/);
  await tick(fine.tab, "[value=ALL_MEMBERSHIPS]");
  await says(fine.popup, /also in those that you join later/);
  await tick(fine.tab, "[value=SELECTED_MEMBERSHIPS]");
  await says(fine.popup, /only in the groups and projects that you name/);
  assert.ok(!/planted/.test(await everything(fine.popup)));
  await fine.close();
});

test("a deploy token's form is answered, and its dangerous name", async () => {
  const { tab, popup, close } = await beside(DEPLOY());
  await says(popup, /deploy token in acme\/payments\/api/);
  await tick(tab, "#deploy_token_write_registry");
  await says(popup, /does not work alone: tick read_registry/);
  await tab.locator("#deploy_token_name").fill("my secret name 12345678");
  await popup.waitForTimeout(1500);
  await silent(popup, /CI_DEPLOY_PASSWORD|my secret name/);
  await tab.locator("#deploy_token_name").fill("gitlab-deploy-token");
  await says(popup, /gives it to every job of the project/);
  await close();
});

test("variables, trigger tokens and allowlist entries are answered, and no secret is taken", async () => {
  const { tab, popup, close } = await beside(CICD());
  await popup.locator(".creating").nth(2).waitFor();
  await says(popup, /CI\/CD variable[^]*on every branch[^]*Masked and hidden/);
  await tick(tab, "[data-testid=ci-variable-masked-and-hidden-radio]");
  await tick(tab, "[data-testid=ci-variable-protected-checkbox]");
  await says(popup, /on a protected branch or tag/);
  await silent(popup, /then nobody is shown it again/);
  await says(popup, /pipeline trigger token[^]*No day is chosen/, 1);
  await tab.locator("[name='trigger[expires_at]']").fill("2099-01-01");
  await says(popup, /It would end on 1 January 2099/, 1);
  await says(popup, /entry in the job token allowlist of acme\/payments\/api[^]*Fine-grained permissions/, 2);
  await tick(tab, "[data-testid=fine-grained-radio]");
  await says(popup, /No permission is chosen/, 2);
  await tab.evaluate(() => document.querySelector("[data-testid=listbox-item-ADMIN_PACKAGES]").setAttribute("aria-selected", "true"));
  await says(popup, /publishing and deleting packages[^]*Read and write/, 2);
  assert.ok(!/planted/.test(await everything(popup)));
  const id = Number(new URL(popup.url()).searchParams.get("tab"));
  const captured = await browser.worker.evaluate(async (tabId) => (await chrome.scripting.executeScript({ target: { tabId }, files: ["content.js"] }))[0].result.html, id);
  assert.ok(captured.includes("js-token-access") && !captured.includes("planted"), captured);
  await close();
});

test("the button's own popup offers a window that stays open while boxes are ticked", async () => {
  const { tab, popup, close } = await beside(RAILS("personal_access_token"));
  assert.equal(await popup.getByRole("button", { name: "Keep open beside the page" }).count(), 0, "it stays already");
  await popup.close();
  await tab.bringToFront();
  const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
  await cdp.send("Extensions.triggerAction", { id: browser.id, targetId: targetInfos.findLast((target) => target.url === tab.url()).targetId });
  const opened = browser.context.waitForEvent("page");
  await inPopup(`document.querySelector("#access button:last-of-type").click()`, /Keep open beside the page/);
  const kept = await opened;
  await says(kept, /No scope is ticked yet/);
  await tick(tab, "[value=read_user], [value=read_registry]");
  await says(kept, /read_registry: it can pull/);
  await kept.close();
  await close().catch(() => {});
});

/** Runs a script in the button's popup, which Playwright does not list, once its access line says this. */
async function inPopup(script, words) {
  const end = Date.now() + 10_000;
  for (;;) {
    const { targetInfos } = await cdp.send("Target.getTargets");
    const target = targetInfos.find(({ url }) => url === `chrome-extension://${browser.id}/popup.html`);
    if (target) {
      const { sessionId } = await cdp.send("Target.attachToTarget", { targetId: target.targetId, flatten: false });
      const run = (expression) =>
        new Promise((done) => {
          const heard = ({ sessionId: from, message }) => {
            const { id, result } = JSON.parse(message);
            if (from !== sessionId || id !== 1) return;
            cdp.off("Target.receivedMessageFromTarget", heard);
            done(result?.result?.value);
          };
          cdp.on("Target.receivedMessageFromTarget", heard);
          cdp.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression, returnByValue: true } }) });
        });
      if (words.test(String(await run(`document.querySelector("#access").textContent`)))) return run(script);
    }
    if (Date.now() > end) assert.fail("the popup never came");
    await new Promise((done) => setTimeout(done, 200));
  }
}
