// The documentation as a site: every page opens from the disk, links lead to pages, nothing runs, and axe finds nothing.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "./browser.mjs";
import { ROOT, accessible } from "./harness.mjs";

const SITE = join(ROOT, "dist/site");
const pages = readdirSync(SITE, { recursive: true }).filter((name) => name.endsWith(".html"));
let browser;

before(async () => {
  browser = await chromium();
});
after(() => browser.close());

test("every page of the documentation is there, and every link inside leads to a page", () => {
  assert.ok(pages.length > 50 && pages.includes("index.html") && pages.includes("docs/rules/index.html"), String(pages.length));
  const lost = [];
  for (const page of pages) {
    const html = readFileSync(join(SITE, page), "utf8");
    assert.ok(!/<script|<iframe|<[^>]*(?: on[a-z]+=| style=|="\s*javascript:)/i.test(html), `${page}: something that runs`);
    for (const [, kind, link] of html.matchAll(/(href|src)="([^"]*)"/g)) {
      if (/^https:\/\//.test(link) && kind === "href") continue;
      const file = resolve(SITE, dirname(page), link.split("#")[0]);
      if (link !== "#" && !(file.startsWith(SITE) && existsSync(file))) lost.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(lost, []);
});

test("pages of each kind are readable in both themes, at any width, without a request to anywhere", async () => {
  const page = await browser.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  for (const [file, name] of [["index.html", "site-start"], ["docs/rules/index.html", "site-rules"], ["docs/rules/exposed-token.html", "site-rule"], ["docs/tours/exports.html", "site-tour"]]) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(String(pathToFileURL(join(SITE, file))));
    await accessible(page, name);
    await page.setViewportSize({ width: 320, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${file} is ${wide} wide at 320`);
  }
  assert.deepEqual(asked.filter((url) => !url.startsWith("file:")), []);
});
