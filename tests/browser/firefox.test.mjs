// The same extension in a real Firefox: popup, access, badge and marks, by clicks.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { GITLAB_CSP, HOST, ROWS, TOKENS, fakeToken, tokenPage } from "./fixtures.mjs";
import { firefox } from "./firefox.mjs";
import { CICD, RAILS } from "./forms.mjs";
import { OUT, ROOT, hidesBody } from "./harness.mjs";

const EXTENSION = join(ROOT, "dist/extension-firefox");
const rows = [...ROWS, { name: `see ${fakeToken(9)}`, scopes: "api", id: 509 }];
let forms = false;
let base, fox, page, popup, server;

before(async () => {
  server = createServer((request, response) => {
    const form = forms && [RAILS(), CICD()].find(({ url }) => url === HOST + request.url);
    const { html } = form || tokenPage(rows);
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": GITLAB_CSP });
    response.end(html.replaceAll(HOST, base));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  base = `http://gitlab.example.com:${server.address().port}`;
  fox = await firefox(EXTENSION);
  page = await fox.browser.newPage();
  await page.goto(base + TOKENS);
});

after(async () => {
  await fox?.close();
  server?.closeAllConnections();
  server?.close();
});

async function eventually(check, what, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await check().catch(() => undefined);
    if (value) return value;
    if (Date.now() > end) assert.fail(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 150));
  }
}

const text = (selector) => popup.evaluate((selector) => document.querySelector(selector)?.innerText ?? "", selector);
const shown = (selector, pattern) => eventually(async () => pattern.test(await text(selector)), `${selector}: ${pattern}`);
const click = (label) => popup.locator(`::-p-xpath(//*[@id="access"]//button[.="${label}"])`).click();
const marks = () => page.evaluate(() => document.querySelectorAll("tr leastwise-mark").length);
const badge = () => popup.evaluate((tabId) => chrome.action.getBadgeText({ tabId }), tab);
const origins = () => popup.evaluate(async () => (await chrome.permissions.getAll()).origins);
let tab;

test("without access the popup says what to do", async () => {
  popup = await fox.open("popup.html");
  assert.deepEqual(await origins(), [], "nothing is granted at install");
  const tabs = await popup.evaluate(() => chrome.tabs.query({}));
  tab = tabs.find(({ index }) => index === tabs.length - 2).id;
  await popup.close();
  popup = await fox.open(`popup.html?tab=${tab}`);
  await shown(".explained", /has no access to this page/);
});

test("a click on the button gives access to this one tab: the popup shows the page's findings", async () => {
  await popup.close();
  await page.bringToFront();
  await fox.click();
  popup = await fox.open(`popup.html?tab=${tab}`);
  await shown(".verdict .words", /^\d+ findings: .*\.$/);
  await shown("#access", /This page only, this time\.[^]*does not tell ports apart: access is for every port of gitlab\.example\.com/);
  assert.deepEqual(await origins(), [], "nothing is granted for good");
  assert.equal(await badge(), "", "no badge where nobody asked for it");
  // Another GitLab, in another tab on another port, is not opened by it.
  const other = await fox.browser.newPage();
  await other.goto(`http://gitlab.example.org:${server.address().port}${TOKENS}`);
  const tabs = await popup.evaluate(() => chrome.tabs.query({}));
  const second = await fox.open(`popup.html?tab=${Math.max(...tabs.map(({ id }) => id))}`);
  await eventually(() => second.evaluate(() => /has no access to this page/.test(document.querySelector(".explained")?.innerText)), "the other tab is closed to it");
  await second.close();
  await other.close();
});

test("a refusal is explained and changes nothing; a host is turned on by a click", async () => {
  // The browser's question cannot be answered without a screen: once its answer is no.
  await popup.evaluate(() => {
    const { request } = chrome.permissions;
    chrome.permissions.request = async () => {
      chrome.permissions.request = request;
      return false;
    };
  });
  await click("Always on gitlab.example.com");
  await shown("#access", /gave no access to gitlab\.example\.com, and nothing has changed/);
  assert.deepEqual(await origins(), []);
  await click("Always on gitlab.example.com");
  await shown("#access", /Always on gitlab\.example\.com\.[^]*Leastwise now reads the token pages of gitlab\.example\.com/);
  assert.deepEqual(await origins(), ["http://gitlab.example.com/*"]);
  await popup.close();
  popup = await fox.open(`popup.html?tab=${tab}`);
  await shown(".verdict .words", /^\d+ findings: .*\.$/);
  assert.equal(await popup.evaluate(() => document.querySelectorAll(".tokens tbody tr").length), rows.length);
  const findings = await popup.evaluate(() => document.querySelectorAll(".finding").length);
  assert.ok(findings > 0);
  await eventually(async () => (await badge()) === String(findings), "the badge is the popup's count");
  hidesBody(await popup.evaluate(() => document.documentElement.outerHTML), fakeToken(9), "the popup");
  await popup.screenshot({ path: join(OUT, "firefox-popup.png") });
});

test("rows are marked by a click, without a shift, again after a new drawing", async () => {
  const places = () => page.evaluate(() => [...document.querySelectorAll("tr, td, th")].map((element) => JSON.stringify(element.getBoundingClientRect())));
  const before = await places();
  await click("Mark rows");
  await eventually(async () => (await marks()) > 1, "rows are marked");
  assert.deepEqual(await places(), before);
  const count = await marks();
  const again = await page.evaluate(async () => {
    const body = document.querySelector("tbody");
    const clean = body.cloneNode(true);
    for (const mark of clean.querySelectorAll("leastwise-mark")) mark.remove();
    body.replaceWith(clean);
    await new Promise((frame) => setTimeout(frame));
    return document.querySelectorAll("tr leastwise-mark").length;
  });
  assert.equal(again, count);
  await page.screenshot({ path: join(OUT, "firefox-marks.png") });
});

test("a click on a finding outlines its row", async () => {
  await popup.locator("button.fold").click();
  await eventually(() => page.evaluate(() => document.getAnimations().some((animation) => animation.effect.target.localName === "tr")), "a row is outlined");
});

test("the badge follows the page", async () => {
  const before = await badge();
  await page.evaluate(() => document.querySelector("tr:has(leastwise-mark)").remove());
  await eventually(async () => (await badge()) !== before, "another count");
});

test("the capture holds none of the page's secrets", async () => {
  const run = async (tabId) => (await chrome.scripting.executeScript({ target: { tabId }, files: ["content.js"] }))[0].result.html;
  const captured = await popup.evaluate(run, tab);
  assert.ok(captured.includes("no-end") && !/planted-|<input[^>]*value=/.test(captured));
});

test("the open popup follows what is ticked in a form", async () => {
  const says = (pattern) => shown(".creating", pattern);
  forms = true;
  await page.goto(base + TOKENS);
  await says(/project access token in acme\/payments\/api[^]*No scope is ticked yet/);
  const tick = (selector) => page.evaluate((selector) => document.querySelector(selector).click(), selector);
  await tick("[value=api]");
  await says(/api: it can do everything/);
  await tick("[value=read_api]");
  await says(/read_api has no effect beside api/);
  await page.select("select", "50");
  await says(/Only an Owner may delete/);
  await page.goto(`${base}/acme/payments/api/-/settings/ci_cd`);
  await says(/CI\/CD variable[^]*on every branch/);
  await tick("[data-testid=ci-variable-protected-checkbox]");
  await says(/on a protected branch or tag/);
  assert.ok(!/planted/.test(await popup.evaluate(() => document.documentElement.outerHTML)));
  await popup.screenshot({ path: join(OUT, "firefox-choosing.png") });
  forms = false;
  await page.goto(base + TOKENS);
});

test("a host is turned off by a click: no access, no marks, no badge", async () => {
  await click("Turn off");
  await shown("#access", /was given back/);
  assert.deepEqual(await origins(), []);
  await eventually(async () => (await marks()) === 0 && (await badge()) === "", "nothing is left");
  await page.reload();
  await new Promise((done) => setTimeout(done, 1500));
  assert.equal(await badge(), "");
});

test("web-ext finds no error in the package", async () => {
  const webExt = fileURLToPath(new URL("node_modules/.bin/web-ext", import.meta.url));
  const report = await new Promise((done) => {
    execFile(webExt, ["lint", "--source-dir", EXTENSION, "--output", "json", "--no-config-discovery"], { maxBuffer: 1 << 26 }, (_, out) => done(JSON.parse(out)));
  });
  const said = (list) => list.map(({ code, file, message }) => `${code} ${file ?? ""}: ${message}`);
  assert.deepEqual(said(report.errors), []);
  assert.deepEqual(said(report.warnings), []);
});
