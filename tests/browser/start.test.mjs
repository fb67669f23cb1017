// How soon popup and page are there, in a real Chromium. The numbers are printed, and docs/performance.md has them with the aims. A busy
// machine takes any time it likes: so what is held is the processor's time, against what the same thread needs in the same run for
// something that every program would have to do; and by the clock only what would be wrong by ten times.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium, withExtension } from "./browser.mjs";
import { GITLAB_CSP, HOST, TOKENS, manyRows, tokenPage } from "./fixtures.mjs";
import { EXTENSION, servePage, sink } from "./harness.mjs";

const ROUNDS = 7;
let drain;

before(async () => {
  drain = await sink();
});

after(() => drain?.close());

/** Notes when the first of `selector` is there, by the page's own clock. */
const watch = (selector) => {
  new MutationObserver((_, observer) => {
    if (!document.querySelector(selector)) return;
    globalThis.shownAt = performance.now();
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true });
};

/**
 * Does `work` and gives back the processor time in milliseconds that the main threads of the browser's pages spent on it: other programs
 * of a busy machine do not count.
 */
async function cost(browser, page, work) {
  await browser.startTracing(page, { categories: ["-*", "disabled-by-default-devtools.timeline"] });
  let events;
  try {
    await work();
  } finally {
    events = JSON.parse(String(await browser.stopTracing())).traceEvents;
  }
  const main = new Set(events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = events.filter(({ name, pid, tid }) => name === "RunTask" && main.has(`${pid} ${tid}`));
  assert.ok(tasks.length > 2, "the browser was traced");
  return tasks.reduce((sum, { tdur }) => sum + (tdur ?? 0) / 1000, 0);
}

/** The frame that shows what was made last. */
const frame = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

/** Loads a page again and again; the best of the rounds, each number by itself. */
async function starts(browser, page, selector) {
  const best = { paint: Infinity, shown: Infinity, cpu: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = await cost(browser, page, async () => {
      await page.reload();
      await page.locator(selector).first().waitFor();
      await frame(page);
    });
    const seen = await page.evaluate(() => ({ paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime, shown: globalThis.shownAt }));
    assert.ok(seen.paint > 0 && seen.shown > 0, JSON.stringify(seen));
    for (const [what, time] of Object.entries({ ...seen, cpu })) best[what] = Math.min(best[what], time);
  }
  return best;
}

/** What the same thread needs to make as many elements by hand and show them: the best of the rounds. */
async function byHand(browser, page, count) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const spent = await cost(browser, page, async () => {
      await page.evaluate((count) => {
        const root = document.createElement("main");
        for (let at = 0; at < count; at++) {
          const element = document.createElement(at % 3 ? "span" : "p");
          element.className = "note";
          element.append(`Element ${at} of a page that says as much`);
          (at % 3 ? root.lastChild : root).append(element);
        }
        document.body.append(root);
      }, count);
      await frame(page);
      await page.evaluate(() => document.body.lastChild.remove());
    });
    best = Math.min(best, spent);
  }
  return best;
}

const ms = (times) => Object.entries(times).map(([what, time]) => `${what} ${time.toFixed(0)}`).join(", ");

test("the popup of a page with 200 rows", async (context) => {
  const browser = await withExtension(EXTENSION, drain.flags);
  try {
    const url = HOST + TOKENS;
    await browser.context.route(/^https:/, (route) => {
      const headers = { "content-security-policy": GITLAB_CSP };
      return route.request().url() === url ? route.fulfill({ body: tokenPage(manyRows(200)).html, headers, contentType: "text/html; charset=utf-8" }) : route.abort();
    });
    const tab = await browser.context.newPage();
    await tab.goto(url);
    const cdp = await browser.context.browser().newBrowserCDPSession();
    const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
    await cdp.send("Extensions.triggerAction", { id: browser.id, targetId: targetInfos.findLast((target) => target.url === url).targetId });
    const tabs = await browser.worker.evaluate(() => chrome.tabs.query({}));
    const popup = await browser.context.newPage();
    await popup.setViewportSize({ width: 420, height: 600 });
    await popup.addInitScript(watch, ".verdict");
    await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=${tabs.findLast((known) => known.url === url).id}`);
    await popup.locator(".verdict").waitFor();
    const main = browser.context.browser();
    const times = await starts(main, popup, ".verdict");
    const elements = await popup.evaluate(() => document.querySelectorAll("#app *").length);
    const hand = await byHand(main, popup, elements);
    context.diagnostic(`popup, 200 rows, ${elements} elements, ms: ${ms(times)}; as many elements by hand: ${hand.toFixed(1)}`);
    assert.ok(elements > 500, `${elements} elements`);
    // The aims are 100 ms and 300 ms, on a machine that does nothing else.
    assert.ok(times.paint < 1000 && times.shown < 3000, ms(times));
    assert.ok(times.cpu < 10 * hand, `${ms(times)}; by hand ${hand}`);
  } finally {
    await browser.close();
  }
});

test("the page", async (context) => {
  const [server, browser] = [await servePage(), await chromium(drain.flags)];
  try {
    const page = await browser.newPage();
    await page.addInitScript(watch, "#paste");
    await page.goto(server.url);
    await page.locator("#paste").waitFor();
    const times = await starts(browser, page, "#paste");
    const elements = await page.evaluate(() => document.querySelectorAll("#app *").length);
    const hand = await byHand(browser, page, 1000);
    context.diagnostic(`page, ${elements} elements, ms: ${ms(times)}; a thousand elements by hand: ${hand.toFixed(1)}`);
    assert.ok(times.paint < 1000 && times.shown < 3000, ms(times));
    assert.ok(times.cpu < 10 * hand, `${ms(times)}; by hand ${hand}`);
  } finally {
    await browser.close();
    server.close();
  }
});

test("the background's module, on what is captured of a page with 500 rows", async (context) => {
  const browser = await withExtension(EXTENSION, drain.flags);
  try {
    const url = HOST + TOKENS;
    await browser.context.route(/^https:/, (route) =>
      route.request().url() === url ? route.fulfill({ body: tokenPage(manyRows(500)).html, contentType: "text/html; charset=utf-8" }) : route.abort());
    const tab = await browser.context.newPage();
    await tab.goto(url);
    const { html } = await tab.evaluate(readFileSync(join(EXTENSION, "content.js"), "utf8"));
    // What the browser itself needs to read the same HTML.
    const parsing = await tab.evaluate((html) => {
      const timed = () => {
        const start = performance.now();
        new DOMParser().parseFromString(html, "text/html");
        return performance.now() - start;
      };
      return Math.min(...Array.from({ length: 15 }, timed));
    }, html);
    await tab.close();
    // A page of the extension's own: what runs there is what its background runs, and can be asked for the time.
    const own = await browser.context.newPage();
    await own.goto(`chrome-extension://${browser.id}/popup.html?tab=0`);
    const times = await own.evaluate(async ([html, rounds]) => {
      const { analyze, initSync } = await import("/leastwise.js");
      initSync({ module: await (await fetch("/leastwise.wasm")).arrayBuffer() });
      const options = { today: "2026-11-20", kind: "settings-page", host: "gitlab.example.com" };
      let sent;
      const timed = () => {
        const start = performance.now();
        sent = analyze("page", html, options);
        return performance.now() - start;
      };
      const all = Array.from({ length: rounds }, timed);
      const answer = JSON.parse(sent.slice(0, sent.indexOf("\n")));
      return { findings: answer.findings.title.length, first: all[0], best: Math.min(...all) };
    }, [html, 60]);
    const { findings, first, best } = times;
    context.diagnostic(`analysis of 500 rows, ${findings} findings, ms: ${best.toFixed(1)}, the first ${first.toFixed(0)}; the browser reads the same HTML in ${parsing.toFixed(1)}`);
    assert.ok(findings > 1000, `${findings} findings`);
    // The aim is 30 ms.
    assert.ok(best < 10 * parsing, `${best} ms; the browser's own parser: ${parsing} ms`);
  } finally {
    await browser.close();
  }
});
