// The browser's candidate pass (candidates/src/simd128.rs) runs nowhere but in WebAssembly: made-up texts of what it looks for, through
// the npm package's module and through the command, must give the same reports.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { random } from "../../benches/corpora.mjs";
import { fakeToken } from "../browser/fixtures.mjs";

const DIST = fileURLToPath(new URL("../../dist/npm", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../target", import.meta.url));
const TODAY = "2026-11-20";
const folder = mkdtempSync(join(tmpdir(), "leastwise-candidates-"));
after(() => rmSync(folder, { recursive: true, force: true }));

// What tokens are made of, hidden by and parted with, and what stands beside them. Whole tokens stand nowhere in this repository.
const PIECES = [
  "a", "word", "R", "J", "-", "_", "=", ".", "c_", "_g", "gl", "pat-", "eyJ", "\n", "\n", "\r\n", '"', "'", "`", "%", "%2D", "&", "&#45;", "\\", "\\u002d", "[", "[0;m",
  "\x1b[31m", "\x1b(B", "\u200b", "\ufeff", "é", "€", " ", " ", " ", "x".repeat(19), "x".repeat(20), "0".repeat(64),
];

/** A text around 200 bytes or 9,000, which is more than a window: pieces at random, and tokens whole or cut. */
function text(r) {
  const pieces = r.below(4) === 0 ? 2500 : 50;
  let made = "";
  for (let at = 0; at < pieces; at += 1) {
    const token = r.below(60) === 0 ? fakeToken(1 + r.below(1_000_000)) : "";
    const cut = r.below(token.length + 1);
    made += token ? `${token.slice(0, cut)}${r.below(2) ? r.pick(PIECES) : ""}${token.slice(cut)}` : r.pick(PIECES);
  }
  return made;
}

test("the browser's candidates are the command's", async () => {
  copyFileSync(join(DIST, "leastwise.js"), join(folder, "leastwise.mjs"));
  const { audit, initSync } = await import(new URL(`file://${join(folder, "leastwise.mjs")}`).href);
  initSync({ module: readFileSync(join(DIST, "leastwise.wasm")) });
  const r = random(20261120);
  const inputs = Array.from({ length: 400 }, (_, at) => ({ name: `${at}.txt`, text: text(r) }));
  const lines = inputs.map((input) => `${JSON.stringify(input)}\n`).join("");
  const run = spawnSync(join(TARGET, "debug/leastwise"), ["check", "--records", "--today", TODAY], { input: lines, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.ok(run.status < 2, run.stderr);
  const reports = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line).report);
  assert.equal(reports.length, inputs.length);
  for (const [at, input] of inputs.entries()) {
    const report = audit([input], { today: TODAY, hosts: [], tokenPrefixes: [] });
    for (const finding of report.findings) delete finding.excerpt;
    assert.deepEqual(report, reports[at], JSON.stringify(input.text));
  }
  const found = reports.filter(({ findings }) => findings.length > 0).length;
  assert.ok(found > 150, `${found} texts with a finding`);
});
