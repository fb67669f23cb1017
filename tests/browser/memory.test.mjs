// The wasm module's own memory after it has read and judged a text: none of the credentials in it is left.
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { fakeToken, tokenPage, ROWS } from "./fixtures.mjs";
import { ROOT, analysis } from "./harness.mjs";

const folder = mkdtempSync(join(tmpdir(), "leastwise-memory-"));
after(() => rmSync(folder, { recursive: true, force: true }));
// As a module by its name: dist/ has no package.json.
copyFileSync(join(ROOT, "dist/npm/leastwise.js"), join(folder, "leastwise.mjs"));
const { analyze, audit, classify, initSync } = await import(String(pathToFileURL(join(folder, "leastwise.mjs"))));
const { memory } = initSync({ module: readFileSync(join(ROOT, "dist/npm/leastwise.wasm")) });

/** Where any eight characters in a row of a token stand in the module's memory. */
function places(token) {
  const bytes = Buffer.from(memory.buffer);
  const body = token.slice(6);
  const found = [];
  for (let start = 0; start + 8 <= body.length; start++) {
    const at = bytes.indexOf(body.slice(start, start + 8), 0, "latin1");
    if (at >= 0) found.push(at);
  }
  return found;
}

const token = fakeToken(77);
const texts = {
  "a log": [`$ deploy\ntoken is ${token}\nagain "${token}"\n`.repeat(50), undefined],
  "a configuration": [`job:\n  variables:\n    T: ${token}\n  script:\n    - curl --header "PRIVATE-TOKEN: ${token}" https://gitlab.example.com\n`, "ci-config"],
  "an export": [JSON.stringify([{ id: 1, name: token, scopes: ["api"], token, active: true, revoked: false, created_at: "2026-01-01T00:00:00Z", expires_at: null }]), "inventory"],
  "a credential file": [`machine gitlab.example.com login x password ${token}\n`, "credential-file"],
  "a page": [tokenPage([...ROWS, { name: token, scopes: "api" }]).html, "settings-page"],
  "base64": [Buffer.from(`token: ${token}`).toString("base64"), "text"],
};

test("the search finds what is there", () => {
  // The glue's own way of handing over a text, without anything that reads it and gives it back.
  const said = analyze("marker.txt", "nothing", { today: "2026-11-20" });
  assert.ok(analysis(said).report, "the module works");
  const at = memory.buffer.byteLength - 64;
  Buffer.from(memory.buffer).write(token, at, "latin1");
  assert.ok(places(token).length > 0);
  new Uint8Array(memory.buffer, at, 64).fill(0);
  assert.deepEqual(places(token), []);
});

for (const [name, [text, kind]] of Object.entries(texts)) {
  test(`after ${name}, no piece of its credential is left`, () => {
    const { report } = analysis(analyze("input", text, { today: "2026-11-20", kind }));
    assert.equal(report.inputs.length, 1);
    assert.deepEqual(places(token), []);
  });
}

test("the calls of the npm package leave nothing either", () => {
  const report = audit(Object.entries(texts).map(([name, [text, kind]]) => ({ name, text, kind })), { today: "2026-11-20" });
  assert.equal(report.inputs.length, Object.keys(texts).length);
  assert.deepEqual(places(token), [], "after audit");
  const lines = [`a line with ${token} in it`, `https://oauth2:${token}@gitlab.example.com/a.git`, Buffer.from(`u:${token}`).toString("base64")];
  assert.deepEqual(classify(lines.join("\n"), {}).map(({ tokens }) => tokens.length), [1, 1, 1]);
  assert.deepEqual(places(token), [], "after classify");
});
