// The extension's background has a module of its own, which knows settings pages and nothing else. Whatever page it judges, it
// says the same as the whole module, word for word; and it leaves to that what it does not know.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ROWS, fakeToken, manyRows, sharedPages, tokenPage } from "./fixtures.mjs";
import { ROOT, analysis } from "./harness.mjs";

const scratch = mkdtempSync(join(tmpdir(), "leastwise-modules-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** What a module of the extension sends, as in its background: a text. */
async function module(folder, name) {
  // As a module by its name: dist/ has no package.json.
  const glue = join(scratch, `${name}.mjs`);
  copyFileSync(join(folder, "leastwise.js"), glue);
  const { analyze, initSync } = await import(String(pathToFileURL(glue)));
  initSync({ module: readFileSync(join(folder, "leastwise.wasm")) });
  return analyze;
}

const dist = join(ROOT, "dist/extension-chromium");
const sendsLean = await module(dist, "lean");
const sendsWhole = await module(join(dist, "whole"), "whole");
const lean = (...page) => analysis(sendsLean(...page));
const whole = (...page) => analysis(sendsWhole(...page));

const options = (more) => ({ today: "2026-11-20", kind: "settings-page", host: "gitlab.example.com", ...more });
const filled = (html) => html.replace(/\{\{\w+( \d+)?\}\}/g, (_, number) => fakeToken(Number(number ?? 0)));
const own = join(ROOT, "tests/fixtures/pages");
const pages = readdirSync(own)
  .filter((file) => file.endsWith(".html"))
  .map((file) => ({ name: file, html: filled(readFileSync(join(own, file), "utf8")) }));

test("settings pages: word for word the same", () => {
  const all = [...pages, ...sharedPages().filter(({ name }) => !name.startsWith("job-log"))];
  assert.ok(all.length >= 19, `${all.length} pages`);
  let findings = 0;
  for (const { name, html } of all) {
    for (const today of ["2024-02-29", "2026-11-20", "2031-01-01"]) {
      const said = lean(name, html, options({ today }));
      assert.deepEqual(said, whole(name, html, options({ today })), `${name} on ${today}`);
      findings += said.report.findings.length;
    }
  }
  assert.ok(findings > 100, `${findings} findings`);
});

test("pages with credentials in them, pages that are not GitLab's, and what is no page", () => {
  const rows = [...ROWS, { name: fakeToken(7), scopes: "api" }, { name: `x ${fakeToken(8)}</td>`, scopes: "sudo, brand_new" }];
  const page = tokenPage(rows).html;
  const texts = [page, page.slice(0, page.length / 2), page.repeat(3), "", " ", "{}", "<html>", "section_start:1:x\nfatal: Authentication failed for 'https://a/b'", fakeToken(9), "\u0000\u0001", page.replaceAll("data-", "DATA-")];
  for (const text of texts) assert.deepEqual(lean("page", text, options()), whole("page", text, options()), text.slice(0, 60));
});

test("a page of more than a megabyte", () => {
  const rows = Array.from({ length: 3000 }, (_, number) => ({ ...ROWS[number % ROWS.length], name: `token ${number}`, id: number + 1 }));
  const { html } = tokenPage(rows);
  assert.ok(html.length > 1 << 20, `${html.length} bytes`);
  assert.deepEqual(lean("page", html, options()), whole("page", html, options()));
});

test("a job's page is left to the whole module", (context) => {
  const jobs = sharedPages().filter(({ name }) => name.startsWith("job-log"));
  const line = (number, text) => `<div class="job-log-line js-log-line"><a id="L${number}" class="job-log-line-number">${number}</a><span class="job-log-line-content">${text}</span></div>`;
  const page = tokenPage(ROWS).html.replace(/data-page="[^"]*"/, 'data-page="projects:jobs:show" data-page-type-id="55"');
  const made = page.replace(/<\/main>|<\/body>/, `<div data-testid="job-log-content">${line(1, "$ git clone https://gitlab.example.com/a/b.git")}${line(2, "fatal: Authentication failed for &#39;https://gitlab.example.com/a/b.git/&#39;")}</div>$&`);
  for (const { name, html } of [...jobs, { name: "made", html: made }]) {
    assert.equal(sendsLean(name, html, options()), undefined, name);
    const { report } = whole(name, html, options());
    assert.equal(report.inputs[0].kind, "settings-page", name);
    const rules = report.findings.map(({ rule }) => rule);
    if (name === "made") assert.ok(rules.includes("token-rejected"), `${name}: ${rules}`);
  }
  context.diagnostic(`${jobs.length + 1} pages of jobs`);
});

test("twice the rows take twice the time, and no more than its answer is worth", (context) => {
  // Processor time, the best of several rounds: other programs of a busy machine do not count.
  const cost = (work) => {
    let best = Infinity;
    for (let round = 0; round < 15; round++) {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, (user + system) / 1000);
    }
    return best;
  };
  const judging = (rows) => {
    const { html } = tokenPage(manyRows(rows));
    assert.ok(lean("page", html, options()).report.findings.length >= rows);
    return cost(() => sendsLean("page", html, options()));
  };
  const [half, all, twice] = [250, 500, 1000].map(judging);
  // What the engine itself needs to write the same answer as a text and to read it back.
  const answer = lean("page", tokenPage(manyRows(500)).html, options());
  const passing = cost(() => assert.ok(JSON.parse(JSON.stringify(answer))));
  context.diagnostic(`analysis of a page with 500 rows: ${all.toFixed(1)} ms, ${(all / passing).toFixed(1)} times what passing its answer on takes`);
  assert.ok(all < 10 * passing, `analysis: ${all} ms, passing its answer on: ${passing} ms`);
  assert.ok(twice / half < 6, `250 rows: ${half} ms, 500: ${all} ms, 1000: ${twice} ms`);
});
