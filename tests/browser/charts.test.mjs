// The charts, where they are looked at: in the page's tabs and in the report that is one file. In both themes and for paper.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "./browser.mjs";
import { accessible, OUT, record, ROOT, servePage, sink } from "./harness.mjs";

let browser, drain, server, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "leastwise-charts-"));
  drain = await sink();
  server = await servePage();
  browser = await chromium(drain.flags);
});

after(async () => {
  await browser?.close();
  server?.close();
  drain?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every number of a picture, and every number of the table beside it. */
const numbers = (figure) =>
  figure.evaluate((element) => {
    const sum = (list) => [...list].map((node) => Number(node.textContent)).reduce((a, b) => a + b, 0);
    return [sum(element.querySelectorAll(".chart-number")), sum(element.querySelectorAll("td"))];
  });

test("the tabs of the page draw the charts, with the same numbers as a table", async () => {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  const foreign = record(context, server.own);
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByRole("button", { name: "Load sample" }).click();
  for (const [tab, charts] of [[/^Expiry/, ["When tokens end", "Age and last use"]], [/^Scope/, ["Scopes and roles"]]]) {
    await page.getByRole("tab", { name: tab }).click();
    for (const chart of charts) {
      const picture = page.getByRole("img", { name: chart });
      await picture.waitFor();
      const namespace = await picture.evaluate((svg) => [svg.namespaceURI, svg.querySelector("rect, circle").namespaceURI]);
      assert.deepEqual(new Set(namespace), new Set(["http://www.w3.org/2000/svg"]));
      const figure = page.locator("figure").filter({ has: picture });
      await figure.locator("summary").click();
      const [drawn, listed] = await numbers(figure);
      assert.ok(drawn > 0 && drawn === listed, `${chart}: ${drawn} drawn, ${listed} listed`);
      const seen = await picture.boundingBox();
      assert.ok(seen.width > 300 && seen.height > 100, JSON.stringify(seen));
    }
    await page.screenshot({ path: join(OUT, `charts-${charts.length}.png`), fullPage: true });
    await accessible(page, `charts-${charts.length}`);
  }
  assert.deepEqual(foreign, []);
  await context.close();
});

test("the report in one file can be read in both themes and on paper", async () => {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
  const rows = Array.from({ length: 14 }, (_, index) => ({
    id: 500 + index,
    name: `token <b>${index}</b>`,
    revoked: false,
    active: true,
    created_at: `202${4 + (index % 3)}-0${1 + (index % 9)}-01T08:00:00.000Z`,
    scopes: [["api"], ["read_api"], ["read_repository", "write_repository"], ["read_dreams"]][index % 4],
    user_id: 9,
    last_used_at: index % 5 === 0 ? null : `2026-${10 - (index % 9)}-01T06:00:00.000Z`.replace(/-(\d)-/, "-0$1-"),
    expires_at: index % 6 === 0 ? null : `2027-0${1 + (index % 9)}-10`,
    access_level: 10 * (1 + (index % 5)),
    resource_type: "project",
    resource_id: 318,
  }));
  const [input, output] = [join(folder, "tokens.json"), join(folder, "report.html")];
  writeFileSync(input, JSON.stringify(rows));
  const args = ["check", "--today", "2026-11-20", "--format", "html", "--output", output, "--fail-on", "none", input];
  execFileSync(join(target, "debug/leastwise"), args);
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 1400 }, colorScheme });
    const asked = [];
    context.on("request", (request) => asked.push(request.url()));
    const page = await context.newPage();
    await page.goto(`file://${output}`);
    assert.equal(await page.getByRole("img").count(), 3);
    for (let index = 0; index < 3; index += 1) {
      const [drawn, listed] = await numbers(page.locator("figure").nth(index));
      assert.ok(drawn > 0 && drawn === listed, `${drawn} drawn, ${listed} listed`);
    }
    assert.equal(await page.locator("b").count(), 0, "names are no markup");
    await accessible(page, `report-${colorScheme}`);
    await page.screenshot({ path: join(OUT, `report-${colorScheme}.png`), clip: { x: 0, y: 0, width: 1000, height: 2200 }, fullPage: true });
    await page.emulateMedia({ media: "print", colorScheme });
    const paper = await page.evaluate(() => {
      const style = getComputedStyle(document.body);
      return [style.backgroundColor, style.color];
    });
    assert.deepEqual(paper, ["rgb(255, 255, 255)", "rgb(58, 56, 61)"], "dark ink on white, whatever the theme");
    await page.screenshot({ path: join(OUT, `report-print-${colorScheme}.png`), clip: { x: 0, y: 0, width: 1000, height: 2200 }, fullPage: true });
    assert.deepEqual(asked.filter((url) => !url.startsWith("file:")), []);
    await context.close();
  }
});
