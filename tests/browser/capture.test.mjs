// Every page there is a sample of, through the real capture in a real Chromium and a real Firefox: what is read of it is what
// stands beside the sample, the findings are those of the list, and of the secrets on it none is taken.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { withExtension } from "./browser.mjs";
import { HOST, addressOf, fakeToken, sharedPages } from "./fixtures.mjs";
import { firefox } from "./firefox.mjs";
import { EXTENSION, ROOT, leastwise } from "./harness.mjs";

const OWN = join(ROOT, "tests/fixtures/pages");
const FINDINGS = fileURLToPath(new URL("findings.json", import.meta.url));
const TODAY = "2026-11-20";

/** A sample: its name, its HTML with a made-up token for each placeholder, and what should be read of it. */
function sample(name, path) {
  const html = readFileSync(path, "utf8").replace(/\{\{\w+( \d+)?\}\}/g, (_, number) => fakeToken(Number(number ?? 0)));
  return { name, html, expected: JSON.parse(readFileSync(path.replace(/html$/, "expected.json"), "utf8")) };
}
const samples = [
  ...sharedPages().map(({ name, path }) => sample(name, path)),
  ...readdirSync(OWN).filter((file) => file.endsWith(".html")).map((file) => sample(file, join(OWN, file))),
];

let folder;
before(() => (folder = mkdtempSync(join(tmpdir(), "leastwise-samples-"))));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a secret into every place of the page that can hold one and is not what the page is about; counts them. */
function plant() {
  let count = 0;
  const secret = () => `planted-${++count}-Zq7Xk2Wv9Rt4Yp8`;
  const ours = /^(?:data-(?:testid|project-studio-enabled|page|page-type-id|project|project-id|project-full-path|namespace-id|group|group-full-path|label|original-title|user-id|qa-status|qa-selector|path|revoke-path|triggers|initial-active-access-tokens|gitlab-vue3-app))$/;
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name === "data-clipboard-text" || name === "data-secret-token" || name === "data-registration-token") element.setAttribute(name, value && secret());
      else if (/^data-/.test(name) && !ours.test(name)) element.setAttribute(name, secret());
      else if ((name === "data-triggers" || name === "data-initial-active-access-tokens") && value.startsWith("["))
        element.setAttribute(name, JSON.stringify(JSON.parse(value).map((item) => ({ ...item, token: secret(), [`key_${count}`]: secret() }))));
      // The page's own addresses, with what must never be in one.
      else if (name === "href" && value.startsWith("/") && !value.startsWith("//")) element.setAttribute(name, `${value}${value.includes("?") ? "&" : "?"}private_token=${secret()}#${secret()}`);
    }
    element.setAttribute("data-token", secret());
    element.setAttribute("onfocus", secret());
    if (element.matches("textarea, input:not([type=radio], [type=checkbox])")) {
      const isDay = element.matches("[id$=expires_at], [name$='[expires_at]']");
      const isHook = /^hook\[(?:name|custom_headers)/.test(element.name);
      if (element.name === "hook[url]") element.value = element.value.replace("://", `://dana:${secret()}@`) + `?token=${secret()}`;
      else if (!isDay && !isHook && element.name !== "hook[token]" && !/_events\]$/.test(element.name)) element.value = secret();
      else if (element.name === "hook[token]" && element.value) element.value = secret();
    }
  }
  // A variable's value that somebody made visible, and a trigger token.
  for (const value of document.querySelectorAll('[data-testid="hiddenValue"]')) value.textContent = secret();
  for (const cell of document.querySelectorAll("#js-pipeline-triggers td:first-child span")) if (/^\*+$/.test(cell.textContent)) cell.textContent = secret();
  for (const script of document.querySelectorAll("script:not([src])")) if (!/window\.gon/.test(script.textContent)) script.textContent = secret();
  document.body.append(document.createComment(secret()));
  for (const place of document.querySelectorAll("main, form, td")) {
    const hidden = document.createElement("template");
    hidden.innerHTML = secret();
    const iframe = document.createElement("noscript");
    iframe.textContent = secret();
    place.append(hidden, iframe, document.createComment(secret()));
  }
  // A new token, where this page would show it.
  const alert = document.createElement("div");
  alert.className = "gl-alert";
  alert.innerHTML = `<p>${secret()}</p><input type="text" value="${secret()}"><code>${secret()}</code><button data-clipboard-text="${secret()}">x</button>`;
  (document.querySelector("main") ?? document.body).prepend(alert);
  return count;
}

/** Everything in `want` must be in `got`: as `compare` of tests/pages.rs. */
function compare(path, want, got, differences) {
  const skipped = new Set(["fixture", "origin_of_markup", "fields_shown_only_as_localised_text", "captured_at", "browser_timezone", "note"]);
  if (want !== null && typeof want === "object" && !Array.isArray(want) && (got === null || got === undefined || typeof got === "object")) {
    for (const [key, value] of Object.entries(want)) if (!skipped.has(key) && !key.endsWith("_note")) compare(`${path}.${key}`, value, got?.[key] ?? null, differences);
  } else if (Array.isArray(want) && Array.isArray(got)) {
    if (want.length !== got.length) differences.push(`${path}: ${want.length} wanted, ${got.length} read`);
    want.forEach((value, index) => compare(`${path}[${index}]`, value, got[index] ?? null, differences));
  } else if (JSON.stringify(want) !== JSON.stringify(got)) differences.push(`${path}: wanted ${JSON.stringify(want)}, read ${JSON.stringify(got)}`);
}

/** What the findings of a page are about, in words short enough to be read as a list. */
const short = ({ rule, severity, subject }) => [severity, rule, subject?.name ?? subject?.id].filter((part) => part !== undefined && part !== null).join(" ");

/** What the command says of these files; that one of them is no page of GitLab's is no reason to say nothing. */
function said(...args) {
  try {
    return leastwise(...args, "--format", "json", "--as", "settings-page", "--today", TODAY);
  } catch (error) {
    return JSON.parse(error.stdout);
  }
}

/** Reads the captured pages of one browser and compares. */
function judge(captures) {
  const files = captures.map(({ name, captured }) => {
    const file = join(folder, name);
    writeFileSync(file, captured.html);
    return file;
  });
  const { inventories } = said("inventory", ...files);
  const { findings } = said("check", "--fail-on", "none", ...files);
  const differences = [];
  const found = {};
  for (const [index, { name, expected }] of captures.entries()) {
    // The page's own address is that of the tab, which the sample may not say.
    const want = structuredClone(expected);
    if (want.page?.is_gitlab === false) delete want.page.url;
    compare(name, want, inventories.find(({ input }) => input === files[index]), differences);
    found[name] = findings.filter(({ input }) => input === files[index]).map(short).sort();
  }
  assert.deepEqual(differences, []);
  if (process.env.UPDATE_FINDINGS) writeFileSync(FINDINGS, `${JSON.stringify(found, null, 1)}\n`);
  const list = JSON.parse(readFileSync(FINDINGS, "utf8"));
  for (const [name, findings] of Object.entries(found)) assert.deepEqual(findings, list[name], name);
}

/** Captures every sample twice: as it is, and with secrets planted all over it. */
async function all(visit) {
  const captures = [];
  let planted = 0;
  for (const { name, html, expected } of samples) {
    const { as_is, with_secrets, count } = await visit(name, html);
    for (const [when, captured] of Object.entries({ as_is, with_secrets })) {
      assert.ok(captured?.html, `${name}, ${when}: ${JSON.stringify(captured)}`);
      const at = captured.html.indexOf("planted-");
      assert.ok(at < 0, `${name}, ${when}: ${captured.html.slice(Math.max(at - 300, 0), at + 60)}`);
    }
    assert.ok(count > 5, `${name}: ${count} secrets`);
    planted += count;
    captures.push({ name, expected, captured: as_is });
  }
  console.log(`${captures.length} pages, ${planted} secrets`);
  return captures;
}

/** Asks for access to the samples' host, from a click as browsers want it. */
async function access(popup, pattern) {
  await popup.evaluate((pattern) => {
    const button = document.body.appendChild(document.createElement("button"));
    button.id = "test";
    button.textContent = "Access for the test";
    button.addEventListener("click", () => chrome.permissions.request({ origins: [pattern] }).then((given) => (button.textContent = String(given))));
  }, pattern);
  await popup.locator("#test").click();
  while ((await popup.evaluate(() => document.querySelector("#test").textContent)) !== "true") await new Promise((done) => setTimeout(done, 50));
}

/** Shows each sample in a tab at `base`, and captures it there. */
async function each({ base, popup, tab, pattern, show }) {
  const run = () =>
    popup.evaluate(async (pattern) => {
      const [tab] = await chrome.tabs.query({ url: pattern });
      return (await chrome.scripting.executeScript({ target: { tabId: tab.id }, files: ["content.js"] }))[0].result;
    }, pattern);
  const captures = await all(async (name, page) => {
    const { origin, pathname, search } = new URL(addressOf(page).split("#")[0]);
    show(page.replaceAll(origin, base));
    await tab.goto(base + pathname + search);
    // The sample's own host instead of this machine's.
    const own = (captured) => ({ ...captured, html: captured.html.replaceAll(base, origin) });
    const as_is = own(await run());
    const count = await tab.evaluate(plant);
    return { as_is, with_secrets: own(await run()), count };
  });
  judge(captures);
}

test("in Chromium every page is read exactly, and no secret is taken", async (context) => {
  if (samples.length < 20) context.diagnostic("../shared/pages is absent: only this repository's own pages are read");
  const browser = await withExtension(EXTENSION, ["--host-resolver-rules=MAP * ~NOTFOUND"]);
  context.after(() => browser.close());
  const pattern = `${HOST}/*`;
  const popup = await browser.context.newPage();
  await popup.goto("chrome://extensions/");
  await popup.evaluate(([id, pattern]) => chrome.developerPrivate.addHostPermission(id, pattern), [browser.id, pattern]);
  await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=1`);
  await access(popup, pattern);
  let html;
  await browser.context.route(/^https:/, (route) => (route.request().isNavigationRequest() ? route.fulfill({ body: html, contentType: "text/html; charset=utf-8" }) : route.abort()));
  await each({ base: HOST, popup, tab: await browser.context.newPage(), pattern, show: (page) => (html = page) });
});

test("in Firefox every page is read exactly, and no secret is taken", async (context) => {
  let html = "";
  const server = createServer((request, response) => {
    const isPage = request.headers.accept?.includes("text/html");
    response.writeHead(isPage ? 200 : 404, { "content-type": "text/html; charset=utf-8" });
    response.end(isPage ? html : "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const base = `http://gitlab.example.com:${server.address().port}`;
  const fox = await firefox(join(ROOT, "dist/extension-firefox"));
  context.after(async () => {
    await fox.close();
    server.closeAllConnections();
    server.close();
  });
  const popup = await fox.open("popup.html?tab=1");
  const pattern = "http://gitlab.example.com/*";
  await access(popup, pattern);
  await each({ base, popup, tab: await fox.browser.newPage(), pattern, show: (page) => (html = page) });
});
