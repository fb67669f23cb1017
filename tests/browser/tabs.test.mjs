// The page's tabs, tables, filters, exports and comparison in a real Chromium: by mouse, by keyboard alone, in both themes,
// enlarged, and in forced colours.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "./browser.mjs";
import { OUT, ROOT, accessible, record, servePage, sink } from "./harness.mjs";

let browser, context, drain, server, foreign, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "leastwise-tabs-"));
  drain = await sink();
  server = await servePage();
  browser = await chromium(drain.flags);
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  foreign = record(context, server.own);
});

after(async () => {
  await browser?.close();
  server?.close();
  drain?.close();
  rmSync(folder, { recursive: true, force: true });
});

const TABS = ["Findings", "Tokens", "Expiry timeline", "Scope heat map", "Rotation plan", "Privilege plan", "Allowlist plan", "Compare"];
const TABLES = TABS.slice(1, -1);
const tab = (page, title) => page.getByRole("tab", { name: new RegExp(`^${title}`) });

/** The page with the sample read. */
async function sample() {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByRole("button", { name: "Load sample" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".inputs li.known").length === 3);
  await page.locator(".finding").first().waitFor();
  return page;
}

/** A download's name and text. */
async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

const row = (id, more = {}) => ({
  id, name: `bot-${id}`, revoked: false, created_at: "2026-02-11T08:00:00Z", scopes: ["read_api"], user_id: 9, last_used_at: null,
  active: true, expires_at: "2027-06-01", access_level: 20, resource_type: "project", resource_id: 318, ...more,
});

test("every tab is accessible in both themes, also with a row in full and on a narrow screen", { timeout: 300_000 }, async () => {
  const page = await sample();
  for (const width of [1280, 400]) {
    await page.setViewportSize({ width, height: 900 });
    for (const title of TABS) {
      await tab(page, title).click();
      const name = `tab-${title.toLowerCase().replaceAll(" ", "-")}-${width}`;
      if (TABLES.includes(title)) {
        await page.locator(".grid .body .row").first().click();
        await page.locator(".detail h3").waitFor();
      }
      await accessible(page, name);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways`);
    }
  }
  await page.close();
});

test("filters hold back, are counted, and are taken away; nothing left says so", async () => {
  const page = await sample();
  const all = await page.locator(".finding").count();
  await page.getByLabel("Rule").selectOption({ index: 1 });
  await page.waitForFunction((all) => document.querySelectorAll(".finding").length < all, all);
  assert.match(await page.locator(".filter [role=status]").innerText(), new RegExp(`of ${all} findings shown`));
  await page.getByLabel("Search findings").fill("nothing is called like this");
  await page.getByText("Nothing passes the filter.").waitFor();
  await accessible(page, "filter-empty");
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.waitForFunction((all) => document.querySelectorAll(".finding").length === all, all);
  await page.close();
});

test("exports hold what the filter lets through, of every kind", { timeout: 120_000 }, async () => {
  const page = await sample();
  await page.getByRole("button", { name: /critical$/ }).click();
  await page.waitForFunction(() => !document.querySelector(".finding.critical"));
  const shown = await page.locator(".finding").count();
  const formats = await page.locator("#format option").allInnerTexts();
  const files = {};
  for (const format of formats) {
    await page.getByLabel("Export what is shown").selectOption(format);
    files[format] = await saved(page, () => page.locator(".export").getByRole("button", { name: "Download" }).click());
  }
  assert.equal(JSON.parse(files["JSON report"].text).findings.length, shown);
  assert.equal(JSON.parse(files.SARIF.text).runs[0].results.length, shown);
  assert.match(files["Calendar of expiry (ICS)"].text, /^BEGIN:VCALENDAR/);
  assert.match(files.HTML.text, /^<!DOCTYPE html>/);
  assert.deepEqual(Object.values(files).map(({ name }) => name.split(".").at(-1)), ["md", "csv", "json", "sarif", "html", "ics"]);
  assert.ok(Object.values(files).every(({ text }) => !/critical\b.*glpat/.test(text)));
  await page.close();
});

test("a finding is accepted with reason, owner and end, in a file that the command takes", async () => {
  const page = await sample();
  const card = page.locator(".finding").first();
  await card.getByText("Accept this risk").click();
  await card.getByRole("button", { name: "Accept", exact: true }).click();
  await card.getByText("Say who answers for it").waitFor();
  await accessible(page, "accept");
  await card.getByLabel("Reason").selectOption("used in tests");
  await card.getByLabel("Who answers for it").fill("dana");
  await card.getByLabel("Until").fill("2027-01-31");
  await card.getByRole("button", { name: "Accept", exact: true }).click();
  await card.getByText("used in tests, until 31 January 2027").waitFor();
  const file = await saved(page, () => page.getByRole("button", { name: "Download leastwise.toml" }).click());
  assert.equal(file.name, "leastwise.toml");
  const config = join(folder, "leastwise.toml");
  writeFileSync(config, file.text);
  const samples = join(folder, "samples");
  const command = (...args) => execFileSync(join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "debug/leastwise"), args, { encoding: "utf8", cwd: folder });
  command("demo", "--files", samples);
  writeFileSync(join(folder, "job.log"), readFileSync(join(samples, "job.log")));
  const report = JSON.parse(command("check", "--format", "json", "--fail-on", "none", "--today", "2026-11-20", "--config", config, "job.log"));
  assert.equal(report.summary.accepted, 1);
  await card.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("button", { name: "Download leastwise.toml" }).waitFor({ state: "detached" });
  await page.close();
});

test("a table's rows and a whole plan are had as files", async () => {
  const page = await sample();
  await tab(page, "Tokens").click();
  await page.getByLabel("Search this table").fill("deploy-prod");
  await page.waitForFunction(() => document.querySelectorAll(".grid .body .row").length === 1);
  const csv = await saved(page, () => page.getByRole("button", { name: "Download as CSV" }).click());
  assert.equal(csv.text.trim().split("\n").length, 2);
  assert.match(csv.text, /^Token,Kind,Owner/);
  await tab(page, "Rotation plan").click();
  await page.getByLabel("Whole plan as").selectOption({ index: 1 });
  const script = await saved(page, () => page.getByRole("button", { name: "Download", exact: true }).click());
  assert.match(script.text, /^#!/);
  assert.equal(script.name, "leastwise-rotation.sh");
  await page.close();
});

test("what changed since an earlier export is told, row by row", async () => {
  const page = await context.newPage();
  await page.goto(server.url);
  const [now, before, other] = ["now.json", "before.json", "other.txt"].map((name) => join(folder, name));
  writeFileSync(now, JSON.stringify([row(2), row(3, { scopes: ["api"] }), row(4)]));
  writeFileSync(before, JSON.stringify([row(1), row(2), row(3)]));
  writeFileSync(other, "hello");
  await page.locator("input[type=file]").first().setInputFiles(now);
  await tab(page, "Compare").click();
  await page.getByText("Choose an earlier export: a JSON report").waitFor();
  await page.locator(".earlier input[type=file]").setInputFiles(before);
  await page.waitForFunction(() => document.querySelectorAll(".grid .body .row").length === 4);
  assert.match(await page.locator(".earlier").innerText(), /Compared with before\.json/);
  const rows = await page.locator(".grid .body .row [role=gridcell]:first-child").allInnerTexts();
  assert.deepEqual(rows, ["worse", "new", "gone", "unchanged"]);
  await accessible(page, "compare");
  await page.locator(".earlier input[type=file]").setInputFiles(other);
  await page.getByText("neither a JSON report of Leastwise nor an export").waitFor();
  await page.getByRole("button", { name: "Stop comparing" }).click();
  await page.getByText("Choose an earlier export: a JSON report").waitFor();
  await page.close();
});

test("all of it works with the keyboard alone", { timeout: 120_000 }, async () => {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#paste").waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || document.activeElement?.tagName);
  const tabTo = async (wanted) => {
    for (let step = 0; step < 80; step++) {
      await page.keyboard.press("Tab");
      if (wanted.test(await focused())) return;
    }
    assert.fail(`${wanted} was not reached by Tab`);
  };
  await tabTo(/^paste$/);
  await tabTo(/^Choose files$/);
  await tabTo(/^Load sample$/);
  await page.keyboard.press("Enter");
  await page.locator(".finding").first().waitFor();
  // Next and previous, the search, and back.
  const open = () => page.evaluate(() => document.activeElement.getAttribute("aria-controls"));
  await page.keyboard.press("n");
  await page.waitForFunction(() => document.activeElement.getAttribute("aria-controls") === "finding-0");
  await page.keyboard.press("n");
  await page.waitForFunction(() => document.activeElement.getAttribute("aria-controls") === "finding-1");
  assert.equal(await page.locator(".fold:focus").getAttribute("aria-expanded"), "true", await open());
  await page.keyboard.press("p");
  await page.waitForFunction(() => document.activeElement.getAttribute("aria-controls") === "finding-0");
  await page.keyboard.press("/");
  assert.equal(await focused(), "search");
  await page.keyboard.type("n");
  assert.equal(await page.locator("#search").inputValue(), "n", "a letter in a field is a letter");
  await page.keyboard.press("Backspace");
  // The keys can be turned off.
  await page.locator(".keys input").focus();
  await page.keyboard.press("Space");
  await page.locator("#tab-findings").focus();
  await page.keyboard.press("n");
  assert.equal(await focused(), "tab-findings");
  // Tabs by arrows, then into the table, to a row in full, and back.
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(), "tab-tokens");
  await page.keyboard.press("End");
  assert.equal(await focused(), "tab-changes");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.locator(".grid .body .row").first().waitFor();
  for (let step = 0; step < 10 && (await page.evaluate(() => document.activeElement.getAttribute("role"))) !== "grid"; step++) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.locator(".grid .row[aria-selected=true][aria-rowindex='3']").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.tagName === "H3");
  await tabTo(/^Show its findings$/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#tab-findings").getAttribute("aria-selected") === "true");
  assert.notEqual(await page.locator("#search").inputValue(), "");
  await page.close();
});

test("at 400 % nothing is lost, and forced colours keep every sign", { timeout: 120_000 }, async () => {
  const page = await sample();
  // 1280 pixels at 400 % are 320.
  await page.setViewportSize({ width: 320, height: 256 });
  for (const title of TABS) {
    await tab(page, title).click();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${title} at 400 %`);
  }
  await page.screenshot({ path: join(OUT, "zoom-400.png") });
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ forcedColors: "active" });
  for (const title of ["Findings", "Tokens"]) {
    await tab(page, title).click();
    await page.screenshot({ path: join(OUT, `forced-${title.toLowerCase()}.png`), fullPage: true });
  }
  await page.close();
});

test("nothing was asked for but the page's own files", () => {
  assert.deepEqual(foreign, []);
  assert.deepEqual(drain.hosts, []);
});
