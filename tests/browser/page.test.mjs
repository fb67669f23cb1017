// The web page in a real Chromium, as it is served on 127.0.0.1.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "./browser.mjs";
import { fakeToken, manyRows } from "./fixtures.mjs";
import { accessible, everything, hidesBody, leastwise, record, servePage, sink, today } from "./harness.mjs";

let browser, context, drain, server, foreign, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "leastwise-files-"));
  drain = await sink();
  server = await servePage();
  browser = await chromium(drain.flags);
  context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  foreign = record(context, server.own);
});

after(async () => {
  await browser?.close();
  server?.close();
  drain?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open() {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#paste").waitFor();
  return page;
}

/** Waits until the debounce is over and the report is about `inputs` inputs. */
const settled = (page, inputs) =>
  page.waitForFunction((count) => document.querySelectorAll(".inputs li.known").length === count, inputs);

test("a pasted token is found, named and masked", async () => {
  const page = await open();
  const token = fakeToken(1);
  await page.locator("#paste").fill(`line one\nexport TOKEN=${token}\n`);
  await page.locator(".finding").first().waitFor();
  const finding = page.locator(".finding").first();
  assert.match(await finding.innerText(), /personal access token/i);
  assert.match(await finding.locator(".place").innerText(), /pasted text, line 2, column 14/);
  assert.match(await finding.locator(".frame").innerText(), /glpat-…\(20\)/);
  assert.match(await finding.locator("mark").innerText(), /glpat-…\(20\)/);
  hidesBody(await everything(page), token, "the page");
  await page.close();
});

test("the sample shows findings of a log and of an export, in words", async () => {
  const page = await open();
  await accessible(page, "page-empty");
  await page.getByRole("button", { name: "Load sample" }).click();
  await settled(page, 3);
  await page.locator(".finding").nth(3).waitFor();
  const inputs = await page.locator(".inputs li").allInnerTexts();
  assert.match(inputs.join("\n"), /project-access-tokens\.json/);
  await page.getByRole("tab", { name: /^Tokens/ }).click();
  await page.locator(".grid .body .row").first().waitFor();
  assert.match(await page.locator(".verdict").innerText(), /As of 20 November 2026, the day the sample is made for/);
  await accessible(page, "page-sample");
  await page.setViewportSize({ width: 360, height: 800 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling on a phone");
  await accessible(page, "page-narrow");
  await page.close();
});

test("files come by choosing and by dropping, with the same result", async () => {
  const page = await open();
  const token = fakeToken(2);
  const path = join(folder, "build.log");
  writeFileSync(path, `$ deploy\ntoken is ${token}\n`);
  const choose = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose files" }).click();
  await (await choose).setFiles([path]);
  await settled(page, 1);
  await page.locator(".finding").first().waitFor();
  const chosen = await page.locator(".finding").first().innerText();
  await page.getByRole("button", { name: "Remove build.log" }).click();
  await page.locator(".explained").waitFor();
  await page.evaluate((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "build.log"));
    transfer.items.add(new File([new Uint8Array([0, 1, 2, 255, 0, 0])], "picture.bin"));
    const zone = document.querySelector(".drop");
    for (const type of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, `$ deploy\ntoken is ${token}\n`);
  await settled(page, 2);
  await page.locator(".finding").first().waitFor();
  assert.equal((await page.locator(".finding").first().innerText()).replace(/\s+/g, " "), chosen.replace(/\s+/g, " "));
  assert.match(await page.locator(".inputs li").nth(1).innerText(), /not readable/);
  assert.match(await page.locator(".blind").innerText(), /picture\.bin: This is binary data/);
  await page.close();
});

test("what an input is recognised as can be corrected", async () => {
  const page = await open();
  await page.locator("#paste").fill("nothing special");
  await settled(page, 1);
  const choice = page.locator("#kind-paste");
  assert.match(await choice.locator("option").first().innerText(), /recognised: text/);
  await choice.selectOption("settings-page");
  await page.locator(".blind").waitFor();
  assert.match(await page.locator(".blind").innerText(), /not recognised as GitLab's/);
  await choice.selectOption("");
  await page.locator(".blind").waitFor({ state: "detached" });
  await page.close();
});

test("Clear everything leaves nothing behind", async () => {
  const page = await open();
  const token = fakeToken(3);
  await page.locator("#paste").fill(`x=${token}`);
  await page.getByRole("button", { name: "Load sample" }).click();
  await settled(page, 4);
  await page.getByRole("button", { name: "Clear everything" }).click();
  await page.locator(".explained").waitFor();
  assert.equal(await page.locator("#paste").inputValue(), "");
  assert.equal(await page.locator(".finding, .inputs li, .grid .row").count(), 0);
  hidesBody(await everything(page), token, "the cleared page");
  assert.equal(page.url(), `${server.url}`, "nothing in the address");
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
  await page.close();
});

test("the page says what the command says", async () => {
  const page = await open();
  const list = JSON.stringify(
    manyRows(4).map(({ name, id }) => ({ id, name, revoked: false, created_at: "2026-02-11T08:00:00Z", scopes: ["api"], user_id: 9, last_used_at: null, active: true, expires_at: null, access_level: 40, resource_type: "project", resource_id: 318 })),
  );
  const path = join(folder, "tokens.json");
  writeFileSync(path, list);
  await page.locator("input[type=file]").setInputFiles(path);
  await settled(page, 1);
  await page.locator(".verdict").waitFor();
  const report = leastwise("check", "--format", "json", "--fail-on", "none", "--today", today(), path);
  const titles = await page.locator(".finding .fold").allInnerTexts();
  assert.equal(titles.length, report.findings.length);
  for (const finding of report.findings) {
    const plain = finding.title.replaceAll("`", "");
    assert.ok(titles.some((title) => title.includes(plain)), plain);
  }
  await page.close();
});

test("a megabyte of text is checked without blocking for long", async () => {
  const page = await open();
  const path = join(folder, "big.log");
  const line = "2026-11-20T10:00:00.000000Z 00O npm http fetch GET 200 somewhere/package 123ms (cache miss)\n";
  writeFileSync(path, line.repeat(Math.ceil(1_000_000 / line.length)) + `token ${fakeToken(4)}\n`);
  await page.locator("input[type=file]").setInputFiles(path);
  const start = Date.now();
  await page.locator(".finding").first().waitFor();
  console.log(`1 MB log: ${Date.now() - start} ms until the finding`);
  assert.ok(Date.now() - start < 3000);
  await page.close();
});

test("nothing was asked for but the page's own files", async () => {
  const page = await open();
  assert.deepEqual(await page.evaluate(() => [typeof RTCPeerConnection, typeof webkitRTCPeerConnection]), ["undefined", "undefined"]);
  await page.close();
  assert.deepEqual(foreign, []);
  assert.deepEqual(drain.hosts, []);
});

test("the recorder sees a leak", async () => {
  const page = await open();
  await page.evaluate(() => void fetch("https://leak.example.com/by-fetch").catch(() => {}));
  await page.evaluate(() => void window.open("https://leak.example.com/by-window"));
  await page.waitForTimeout(500);
  assert.ok(foreign.some((entry) => entry.includes("by-fetch")) && foreign.some((entry) => entry.includes("by-window")), foreign.join("\n"));
  assert.ok(drain.hosts.includes("leak.example.com"), `the sink sees connections by name: ${drain.hosts}`);
});
