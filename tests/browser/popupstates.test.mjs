// Every state of the popup for everybody: clean for axe in both themes, at 400 % zoom without sideways scrolling, with forced colours,
// without motion, and usable by the keyboard alone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { withExtension } from "./browser.mjs";
import { GITLAB_CSP, HOST, ROWS, TOKENS, manyRows, tokenPage } from "./fixtures.mjs";
import { EXTENSION, accessible } from "./harness.mjs";

const pages = new Map();
let browser, cdp;

before(async () => {
  browser = await withExtension(EXTENSION);
  await browser.context.route(/^https:/, (route) => {
    const body = pages.get(route.request().url());
    return body === undefined ? route.abort() : route.fulfill({ body, headers: { "content-security-policy": GITLAB_CSP }, contentType: "text/html; charset=utf-8" });
  });
  cdp = await browser.context.browser().newBrowserCDPSession();
});

after(() => browser?.close());

/** A token page on which nothing is wrong. */
const clean = () => tokenPage([{ name: "reader", scopes: "read_repository", id: 901, role: "Reporter", used: "2026-11-19T06:00:00.123Z", expires: "2026-12-31" }]).html;
const other = (page) => tokenPage([]).html.replace("projects:settings:access_tokens:index", page);

/** The states: an address, its page, whether the button is clicked there, and what the popup says. */
const STATES = {
  "findings": [HOST + TOKENS, () => tokenPage(ROWS).html, true, ".verdict"],
  "many findings": [`${HOST}/acme/many/-/settings/access_tokens`, () => tokenPage(manyRows(120)).html, true, ".verdict"],
  "an empty list": [`${HOST}/acme/empty/-/settings/access_tokens`, () => tokenPage([]).html, true, ".verdict, .explained"],
  "one token": [`${HOST}/acme/fine/-/settings/access_tokens`, clean, true, ".verdict"],
  "no tokens here": [`${HOST}/acme/payments/api`, () => other("projects:show"), true, ".explained"],
  "not GitLab": ["https://lookalike.example.com/", () => "<!DOCTYPE html><title>x</title><body><p>GitLab", true, ".explained"],
  "an unknown layout": [`${HOST}/acme/new/-/settings/access_tokens`, () => tokenPage(ROWS).html.replaceAll("aria-colindex", "data-was").replace('aria-colcount="9"', 'aria-colcount="14"'), true, ".verdict, .explained"],
  "no permission": [`${HOST}/acme/closed/-/settings/access_tokens`, () => tokenPage(ROWS).html, false, ".explained"],
  "a page of the browser": ["chrome://version/", undefined, false, ".explained"],
  "a tab that is gone": [undefined, undefined, false, ".explained"],
};

/** Brings the popup into a state, in a page of its own. */
async function show([url, html, clicked, wanted]) {
  let tab;
  let id = 987654321;
  if (url) {
    if (html) pages.set(url, html());
    tab = await browser.context.newPage();
    await tab.goto(url);
    if (clicked) {
      const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
      await cdp.send("Extensions.triggerAction", { id: browser.id, targetId: targetInfos.findLast((target) => target.url === url).targetId });
    }
    await tab.bringToFront();
    id = (await browser.worker.evaluate(() => chrome.tabs.query({ active: true }))).at(-1).id;
  }
  const popup = await browser.context.newPage();
  await popup.setViewportSize({ width: 420, height: 600 });
  await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=${id}`);
  await popup.locator(wanted).first().waitFor();
  return { popup, close: async () => (await popup.close(), await tab?.close()) };
}

describe("the popup with", () => {
  for (const [name, state] of Object.entries(STATES)) {
    test(name, async () => {
      const { popup, close } = await show(state);
      const fits = () => popup.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
      assert.ok(await fits(), "scrolls sideways");
      await accessible(popup, `popup-${name.replace(/\W+/g, "-")}`);
      // 420 pixels at 400 % are 105; a window of the browser's is no narrower than 320 at that zoom.
      await popup.setViewportSize({ width: 320, height: 256 });
      assert.ok(await fits(), "scrolls sideways at 400 % zoom");
      await accessible(popup, `popup-zoomed-${name.replace(/\W+/g, "-")}`);

      await popup.emulateMedia({ reducedMotion: "reduce", forcedColors: "active" });
      const moving = await popup.evaluate(() => [
        ...document.getAnimations().map((animation) => animation.effect?.target?.className),
        ...[...document.querySelectorAll("*")].filter((element) => getComputedStyle(element).transitionDuration.split(",").some((time) => parseFloat(time) > 0.01)).map((element) => element.className),
      ]);
      assert.deepEqual(moving, [], "something moves");
      // By the keyboard: the controls are reached, from the top and from the end, and the focus is seen.
      const reached = new Set();
      const visit = async (key) => {
        await popup.keyboard.press(key);
        const { name, outline } = await popup.evaluate(() => {
          const element = document.activeElement;
          const style = getComputedStyle(element);
          return { name: `${element.tagName} ${(element.textContent || element.getAttribute("aria-label") || element.id).trim().slice(0, 40)}`, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
        });
        if (!name.startsWith("BODY")) assert.ok(outline, `no focus ring: ${name}`);
        reached.add(name);
      };
      for (let step = 0; step < 30; step++) await visit("Tab");
      await popup.reload();
      await popup.locator(state[3]).first().waitFor();
      for (let step = 0; step < 6; step++) await visit("Shift+Tab");
      assert.ok([...reached].some((name) => /Look again/.test(name)), `reached: ${[...reached].join(", ")}`);
      for (const control of ["May the job token", "Which token for which use"]) assert.ok([...reached].some((name) => name.includes(control)), `${control} is not reached: ${[...reached].join(", ")}`);
      const small = await popup.evaluate(() => [...document.querySelectorAll("button, summary, select")].filter((control) => control.getClientRects().length).map((control) => [control.textContent, control.getBoundingClientRect()]).filter(([, { width, height }]) => width < 24 || height < 24).map(([text]) => text));
      assert.deepEqual(small, [], "targets smaller than 24 pixels");
      // What happened is said to who cannot see it.
      if (state[3] === ".explained") assert.equal(await popup.locator(".explained").getAttribute("role"), "status");
      await close();
    });
  }
});
