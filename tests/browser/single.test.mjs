// dist/leastwise.html, opened from the disk in Chromium and in Firefox: everything works, and nothing gets out.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import puppeteer from "puppeteer-core";
import { FLAGS, executable as chromium } from "./browser.mjs";
import { executable as firefox } from "./firefox.mjs";
import { fakeToken } from "./fixtures.mjs";
import { OUT, ROOT, everything, hidesBody, sink } from "./harness.mjs";

const FILE = join(ROOT, "dist/leastwise.html");
const ADDRESS = String(pathToFileURL(FILE));
const HTML = readFileSync(FILE, "utf8");
const POLICY = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(HTML)[1];
const decoded = (text) => text.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
const APPLICATION = decoded(/srcdoc="([^"]*)"/.exec(HTML)[1]);

test("the policy names the scripts and styles by their hashes, and allows no connection", () => {
  const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const [shellStyle] = /(?<=<style>)[^]*?(?=<\/style>)/.exec(HTML);
  const [style] = /(?<=<style>)[^]*?(?=<\/style>)/.exec(APPLICATION);
  const [script] = /(?<=<script type="module" id="program">)[^]*?(?=<\/script>)/.exec(APPLICATION);
  assert.equal(
    POLICY,
    `default-src 'none'; script-src ${hash(script)} 'wasm-unsafe-eval'; style-src ${hash(style)} ${hash(shellStyle)}; worker-src blob:; base-uri 'none'; form-action 'none'; frame-src blob:; require-trusted-types-for 'script'; trusted-types leastwise`,
  );
  assert.ok(APPLICATION.includes(`content="${POLICY}"`), "the frame has the same policy of its own");
  assert.match(HTML, /<iframe title="Leastwise" sandbox="allow-scripts allow-downloads" allow="clipboard-write" srcdoc=/);
  assert.ok(!/<script/.test(HTML.replace(/srcdoc="[^"]*"/, "")), "the shell has no script");
  assert.deepEqual(APPLICATION.match(/<script[^>]*>/g), ['<script type="text/plain" id="module">', '<script type="text/plain" id="analysis">', '<script type="text/plain" id="worker">', '<script type="module" id="program">']);
  assert.ok(!/ (?:src|href|style|on[a-z]+)=/.test(APPLICATION.replace(/<script[^]*?<\/script>|<style>[^]*?<\/style>/g, "")), "no address, no handler, no inline style");
});

/** The modules that lie in the file: packed, as text. */
const MODULES = ["module", "analysis"].map((id) => gunzipSync(Buffer.from(new RegExp(`(?<=id="${id}">)[^<]*`).exec(APPLICATION)[0], "base64")));

test("what the panel says can be looked up is there, and is true of this file", async () => {
  // The hash, as `sha256sum leastwise.html` and SHA256SUMS give it; and the modules are those of the page that was built beside it.
  const sum = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const sums = readFileSync(join(ROOT, "dist/SHA256SUMS"), "utf8");
  assert.ok(sums.includes(`${sum(readFileSync(FILE))}  leastwise.html\n`), "the file is the one in SHA256SUMS");
  for (const [index, name] of ["page/leastwise.wasm", "page/analysis/leastwise.wasm"].entries()) {
    assert.ok(sums.includes(`${sum(MODULES[index])}  ${name}\n`), `the file's module is ${name}`);
  }
  // What the program can call: the browser's own list of the modules' imports stands in docs/imports.txt.
  const listed = new Set(readFileSync(join(ROOT, "docs/imports.txt"), "utf8").split("\n"));
  const plain = (name) => name.replace(/^__wbg_/, "").replace(/_[0-9a-f]{16}$/, "");
  for (const bytes of MODULES) {
    const imports = WebAssembly.Module.imports(await WebAssembly.compile(bytes)).map(({ name }) => plain(name));
    assert.ok(imports.length > 20, `${imports.length} imports`);
    assert.deepEqual(imports.filter((name) => !listed.has(name)), []);
  }
  // The files that it names, and the command.
  for (const named of APPLICATION.match(/(?<=<code>)docs\/[\w.]+/g)) assert.ok(existsSync(join(ROOT, named)), named);
  assert.match(readFileSync(join(ROOT, "build.sh"), "utf8"), /^ *verify\)/m);
});

const BROWSERS = {
  chromium: (flags, folder) =>
    puppeteer.launch({ browser: "chrome", executablePath: chromium(), args: [...FLAGS, ...flags], downloadBehavior: { policy: "allow", downloadPath: folder } }),
  firefox: (_, folder) =>
    puppeteer.launch({
      browser: "firefox",
      executablePath: firefox(),
      extraPrefsFirefox: {
        "browser.download.folderList": 2,
        "browser.download.dir": folder,
        "browser.download.useDownloadDir": true,
        "browser.download.always_ask_before_handling_new_types": false,
        "browser.download.alwaysOpenPanel": false,
        "layout.css.prefers-color-scheme.content-override": 0,
        // As in flight mode.
        "network.dns.forceResolve": "127.0.0.1",
      },
    }),
};

async function eventually(check, what, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await check().catch(() => undefined);
    if (value) return value;
    if (Date.now() > end) assert.fail(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

for (const name of Object.keys(BROWSERS)) {
  describe(name, () => {
    let app, browser, drain, folder, page;
    const said = [];

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "leastwise-single-"));
      drain = await sink();
      browser = await BROWSERS[name](drain.flags, folder);
      page = await browser.newPage();
      await page.setViewport({ width: 1100, height: 900 });
      page.on("console", (message) => said.push(`console: ${message.text()}`));
      page.on("pageerror", (error) => said.push(`error: ${error.message}`));
      page.on("request", (request) => said.push(`request: ${request.url().slice(0, 200)}`));
      await page.goto(ADDRESS);
      app = await eventually(async () => page.frames().find((frame) => frame !== page.mainFrame()), "the frame");
      await app.waitForSelector("#paste", { timeout: 20_000 });
    });

    after(async () => {
      await browser?.close();
      drain?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const fill = async (text) => {
      await app.evaluate((text) => {
        const field = document.querySelector("#paste");
        field.value = text;
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
      }, text);
    };
    const findings = (pattern) =>
      eventually(() => app.evaluate((source) => new RegExp(source).test(document.querySelector(".finding")?.innerText ?? ""), pattern.source), `a finding like ${pattern}`);

    test("a pasted token is found and masked", async () => {
      await fill(`export TOKEN=${fakeToken(1)}\n`);
      await findings(/glpat-…\(20\)/);
      hidesBody(await everything(app), fakeToken(1), "the page");
      await page.screenshot({ path: join(OUT, `single-${name}.png`) });
    });

    test("the panel that says how to verify it says what holds here", async () => {
      await app.evaluate(() => document.querySelector(".verify summary").click());
      const panel = () => app.evaluate(() => document.querySelector(".verify details[open]")?.innerText ?? "");
      await eventually(panel, "the open panel");
      // The policy that it shows is the one that the browser was given, and has no connection in it.
      assert.equal(await app.evaluate(() => document.querySelector("#policy").textContent), POLICY);
      assert.ok(!POLICY.includes("connect-src"));
      // "Type fetch(…) to see it refuse": the same call, and no request of it arrives anywhere.
      const before = said.length;
      const refused = await app.evaluate(() => {
        const blocked = new Promise((done) => document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => done(effectiveDirective), { once: true }));
        return fetch("https://example.com").then(() => "answered", async () => `refused by ${await blocked}`);
      });
      assert.equal(refused, "refused by connect-src");
      assert.deepEqual(drain.hosts, []);
      // The browser says so in its console: that is what the reader is told to look at.
      await eventually(async () => said.slice(before).some((entry) => /Content.Security.Policy/.test(entry)), "the refusal in the console").catch((error) => {
        if (name === "chromium") throw error;
      });
      said.splice(before);
      // Firefox is dark from its start.
      for (const value of name === "firefox" ? ["dark"] : ["dark", "light"]) {
        if (name !== "firefox") await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        await app.evaluate(() => document.querySelector(".verify").scrollIntoView({ block: "end" }));
        await page.screenshot({ path: join(OUT, `single-verify-${name}-${value}.png`) });
      }
      await app.evaluate(() => scrollTo(0, 0));
      assert.ok(await app.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the panel scrolls sideways");
      await app.evaluate(() => document.querySelector(".verify summary").click());
    });

    test("a chosen file and a dropped one are read", async () => {
      const path = join(folder, "build.log");
      writeFileSync(path, `$ deploy\ntoken is ${fakeToken(2)}\n`);
      await (await app.$("input[type=file]")).uploadFile(path);
      await eventually(() => app.evaluate(() => /build\.log/.test(document.querySelector(".inputs")?.innerText ?? "")), "the chosen file");
      await app.evaluate((text) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], "dropped.log"));
        const zone = document.querySelector(".drop");
        for (const type of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }, `token is ${fakeToken(3)}\n`);
      await eventually(() => app.evaluate(() => /dropped\.log/.test(document.querySelector(".inputs")?.innerText ?? "")), "the dropped file");
      for (const number of [2, 3]) hidesBody(await everything(app), fakeToken(number), "the page");
    });

    test("a command can be copied", async () => {
      const command = await app.evaluate(() => document.querySelector(".command code").textContent);
      // Again, should the report be drawn anew under the hand.
      await eventually(async () => {
        const button = await app.$(".command button");
        await button.evaluate((button) => button.scrollIntoView({ block: "center" }));
        await button.click();
        await new Promise((done) => setTimeout(done, 300));
        return app.evaluate(() => document.querySelector(".command button").textContent === "Copied");
      }, "the button says so");
      await app.evaluate(() => document.querySelector("#paste").focus());
      await page.keyboard.down("Control");
      await page.keyboard.press("v");
      await page.keyboard.up("Control");
      await eventually(() => app.evaluate((command) => document.querySelector("#paste").value.includes(command), command), "the clipboard holds it");
    });

    test("a file can be downloaded", async () => {
      await app.evaluate(() => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob(["handed over"]));
        link.download = "report.txt";
        document.body.append(link);
        link.click();
        link.remove();
      });
      await eventually(async () => readdirSync(folder).includes("report.txt") && readFileSync(join(folder, "report.txt"), "utf8") === "handed over", "the file on the disk");
    });

    test("Clear everything leaves nothing", async () => {
      await app.evaluate(() => [...document.querySelectorAll("button")].find((button) => button.textContent === "Clear everything").click());
      await eventually(() => app.evaluate(() => !document.querySelector(".finding") && document.querySelector("#paste").value === ""), "an empty page");
      for (const number of [1, 2, 3]) hidesBody(await everything(app), fakeToken(number), "the cleared page");
    });

    test("no storage, no peer connection, nothing said, nothing asked for", async () => {
      const reach = await app.evaluate(() =>
        Object.fromEntries(
          ["localStorage", "sessionStorage", "indexedDB", "caches", "cookie", "RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"].map((door) => {
            try {
              if (door === "cookie") document.cookie = "a=b";
              if (door === "indexedDB") indexedDB.open("a");
              const found = door === "cookie" ? document.cookie : globalThis[door];
              return [door, found === undefined || found === "" ? "none" : "there"];
            } catch (error) {
              return [door, error.name];
            }
          }),
        ),
      );
      const refused = (door) => ["SecurityError", "none", "NotSupportedError"].includes(reach[door]);
      // An opaque origin may name `caches`; using it is refused (tested with the leaks).
      for (const door of Object.keys(reach).filter((door) => door !== "caches")) assert.ok(refused(door), `${door}: ${reach[door]}`);
      assert.equal(await app.evaluate(() => globalThis.origin), "null");
      assert.equal(page.url(), ADDRESS);
      const own = (entry) => entry === `request: ${ADDRESS}` || /^request: (about:srcdoc|blob:|data:)/.test(entry) || /^request: file:.*\/favicon\.ico$/.test(entry);
      assert.deepEqual(said.filter((entry) => !own(entry)), []);
      assert.deepEqual(drain.hosts, []);
    });
  });
}
