// What a stranger wrote, through the npm package's module: inputs made to cost more than their size, and names that would act.
// tests/bombs.rs and tests/hostile.rs do the same natively; here the stack and the memory are those of WebAssembly.
//
// Each input gets a thread and a module of its own, so that what one leaves behind is not the next one's. The thread's stack is
// half of what node gives its first one: less than a browser's worker has.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { fakeToken } from "../browser/fixtures.mjs";

const DIST = fileURLToPath(new URL("../../dist/npm", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../target", import.meta.url));
const TODAY = "2026-11-20";
const MB = 1 << 20;
const folder = mkdtempSync(join(tmpdir(), "leastwise-bombs-"));
after(() => rmSync(folder, { recursive: true, force: true }));
// As modules by their names: dist/ has no package.json that says so.
copyFileSync(join(DIST, "leastwise.js"), join(folder, "leastwise.mjs"));

const THREAD = `
  const { readFileSync } = require("node:fs");
  const { parentPort, workerData } = require("node:worker_threads");
  (async () => {
    const { analyze, audit, classify, initSync } = await import(workerData.glue);
    const { memory } = initSync({ module: readFileSync(workerData.module) });
    const { name, text, kind } = workerData;
    const options = { today: "${TODAY}", hosts: [], tokenPrefixes: [] };
    const empty = memory.buffer.byteLength;
    const report = audit([{ name, text, kind }], options);
    const held = memory.buffer.byteLength - empty;
    // The doors of the page and of the popup, and the one for single lines.
    analyze(name, text, { today: "${TODAY}", kind });
    classify(text, options);
    // And afterwards the module is still sound.
    const next = audit([{ name: "next.txt", text: "token " + workerData.token + "\\n" }], options);
    parentPort.postMessage({ report, held, next: next.findings.map(({ rule }) => rule) });
  })();
`;

/** Reads a text in a thread and a module of its own: the report, and the memory that the module took for it. */
function read({ name, text, kind }) {
  const token = fakeToken(4242);
  const workerData = { glue: new URL(`file://${join(folder, "leastwise.mjs")}`).href, module: join(DIST, "leastwise.wasm"), name, text, kind, token };
  const thread = new Worker(THREAD, { eval: true, workerData, resourceLimits: { stackSizeMb: 0.5, maxOldGenerationSizeMb: 2048 } });
  return new Promise((done, fail) => {
    thread.once("message", done);
    thread.once("error", fail);
    thread.once("exit", (code) => fail(new Error(`the thread ended with ${code} and no answer`)));
  }).finally(() => thread.terminate());
}

const PAGE = '<!DOCTYPE html><html><head><meta property="og:site_name" content="GitLab"></head><body data-page="projects:settings:access_tokens:index">';
const list = (length, each) => Array.from({ length }, (_, at) => each(at));

function nestedBase64(size) {
  let text = `token=${fakeToken(77)} `;
  while (text.length < size) text = Buffer.from(text).toString("base64");
  return `${text} ${text}\n`;
}

const aliases = (levels) => [
  "a0: &a0 [x, x, x, x, x, x, x, x, x]",
  ...list(levels - 1, (at) => `a${at + 1}: &a${at + 1} [${list(9, () => `*a${at}`).join(", ")}]`),
  `job:\n  script: *a${levels - 1}\n`,
].join("\n");

const merges = (levels) => [
  ".a0: &a0 {script: [echo], variables: {A: b}}",
  ...list(levels - 1, (at) => `.a${at + 1}: &a${at + 1}\n  <<: [*a${at}, *a${at}, *a${at}]\n  k${at + 1}: {<<: *a${at}}`),
  `job:\n  <<: *a${levels - 1}\n`,
].join("\n");

const CI = { name: ".gitlab-ci.yml", kind: "ci-config" };
const HTML = { name: "page.html", kind: "settings-page" };
const FILE = { kind: "credential-file" };
const LOG = { name: "job.log", kind: "job-log" };

/** The shapes of tests/bombs.rs, at the sizes that are its larger ones. */
const BOMBS = {
  "aliases of aliases": { ...CI, text: aliases(800) },
  "merges of merges": { ...CI, text: merges(800) },
  "deep YAML in a line": { ...CI, text: `job:\n  script: ${"[".repeat(1e5)}${"]".repeat(1e5)}\n` },
  "deep YAML by indentation": { ...CI, text: list(2000, (at) => `${" ".repeat(at)}a:\n`).join("") },
  "deep YAML lists": { ...CI, text: `a:\n  ${"- ".repeat(1e5)}x\n` },
  "extends in a circle": { ...CI, text: list(2000, (job) => `job${job}:\n  extends: [job${(job + 1) % 2000}, job${(job + 7) % 2000}]\n  script: [echo $CI_JOB_TOKEN]\n`).join("") },
  "extends in a chain": { ...CI, text: list(20_000, (job) => `job${job}:\n  extends: job${job + 1}\n  script: [echo]\n`).join("") },
  "references to references": { ...CI, text: list(1200, (job) => `.j${job}:\n  script:\n    - !reference [.j${job + 1}, script]\n    - !reference [.j${job + 2}, script]\n    - echo\n`).join("") },
  "nested substitutions": { ...CI, text: `job:\n  script:\n    - echo ${"$(".repeat(40_000)}id${")".repeat(40_000)}\n` },
  "nested shells": { ...CI, text: `job:\n  script:\n    - ${"bash -c \"".repeat(5000)}env${"\"".repeat(5000)}\n` },
  "nested groups of a shell": { ...CI, text: `job:\n  script:\n    - "${"{ ( ".repeat(40_000)}env${" ) ; }".repeat(40_000)}"\n` },
  "variables of variables": { ...CI, text: `variables:\n  V0: $CI_JOB_TOKEN\n${list(1200, (at) => `  V${at + 1}: $V${at}$V${at}$V${at}\n`).join("")}job:\n  script: ["echo $V1200"]\n` },
  "base64 in base64": { name: "notes.txt", text: nestedBase64(80_000) },
  "JSON 100,000 deep": { name: "export.json", kind: "inventory", text: `[{"id": 1, "name": ${'[{"a": '.repeat(1e5)}1${"}]".repeat(1e5)}}]` },
  "JSON 100,000 deep, not closed": { name: "export.json", kind: "inventory", text: "[".repeat(1e5) },
  "JSON 100,000 deep in a credential file": { ...FILE, name: "config.json", text: `${'[{"a": '.repeat(1e5)}1${"}]".repeat(1e5)}` },
  "a JSON web token 20,000 deep": { name: "notes.txt", text: `${Buffer.from('{"alg":"none1"}').toString("base64url")}.${Buffer.from(`{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`).toString("base64url")}.${"Zq7".repeat(20)}\n` },
  "a million columns": { name: "tokens.csv", kind: "inventory", text: `id,name,scopes,expires_at,${list(1e6, (at) => `c${at}`).join(",")}\n1,deploy,api,2027-01-01${",x".repeat(1e6)}\n` },
  "a hundred columns of 2,000 rows": { name: "tokens.csv", kind: "inventory", text: `id,name,scopes,expires_at,${list(100, (at) => `c${at}`).join(",")}\n${`1,deploy,api,2027-01-01${",x".repeat(100)}\n`.repeat(2000)}` },
  "HTML 100,000 deep": { ...HTML, text: `${PAGE}${"<div>".repeat(1e5)}x${"</div>".repeat(1e5)}` },
  "HTML 100,000 deep, of elements that format": { ...HTML, text: `${PAGE}${"<b><i><p>".repeat(33_000)}x` },
  "100,000 attributes": { ...HTML, text: `${PAGE}<div${list(1e5, (at) => ` a${at}="b"`).join("")}>x</div>` },
  "100,000 attributes without quotes": { ...HTML, text: `${PAGE}<div${list(1e5, (at) => ` a${at}=b`).join("")}>x</div>` },
  "100,000 attributes in single quotes": { ...HTML, text: `${PAGE}<div${list(1e5, (at) => ` a${at}='b'`).join("")}>x</div>` },
  "100,000 attributes without a value": { ...HTML, text: `${PAGE}<div${list(1e5, (at) => ` a${at}`).join("")}>x</div>` },
  "100,000 equals signs and slashes in an element": { ...HTML, text: `${PAGE}<div${" =/".repeat(1e5)}>x</div>` },
  "100,000 comments that break off": { ...HTML, text: `${PAGE}${"<!-".repeat(1e5)}<!--${"--!".repeat(1e5)}` },
  "100,000 references that break off": { ...HTML, text: `${PAGE}<p title="${"&#x".repeat(1e5)}">${"&am".repeat(1e5)}</p>` },
  "100,000 elements that break off": { ...HTML, text: `${PAGE}${"<a ".repeat(1e5)}${"</".repeat(1e5)}${"<?".repeat(1e5)}` },
  "a script that begins again and again": { ...HTML, text: `${PAGE}<script>${"<!--<script></".repeat(1e5)}` },
  "tables in tables": { ...HTML, text: `${PAGE}${'<table data-testid="active-tokens"><tbody><tr><td>'.repeat(20_000)}` },
  "entities": { ...HTML, text: `${PAGE}<p>${"&amp;&#x41;".repeat(4e5)}</p>` },
  "an attribute of JSON 100,000 deep": { ...HTML, text: `${PAGE}<div id="js-ci-variables" data-provide="${"[".repeat(1e5)}">x</div>` },
  "sections of a log in sections": { ...LOG, text: `Running with gitlab-runner 18.0\n${list(40_000, (at) => `section_start:1700000000:s${at}\r\u001b[0K`).join("")}\n$ git push\nremote: You are not allowed to push code to this project.\n` },
  "a log's line that never ends": { ...LOG, text: "2026-03-04T10:20:30.123456Z 00O+still going on without an end\n".repeat(12_000) },
  "prefixes in a row": { name: "notes.txt", text: "glpat-".repeat(200_000) },
  "brackets in a TOML": { ...FILE, name: "config.toml", text: `[[runners]]\n  token = ${"[".repeat(1e5)}${"]".repeat(1e5)}\n` },
  "a TOML key of 100,000 parts": { ...FILE, name: "config.toml", text: `[${list(1e5, () => "a").join(".")}]\ntoken = "x"\n` },
  "deep XML": { ...FILE, name: "settings.xml", text: `<settings>${"<server>".repeat(1e5)}x${"</server>".repeat(1e5)}</settings>` },
  "blocks of HCL": { ...FILE, name: "main.tf", text: `${"a {\n".repeat(1e5)}token = "x"\n${"}\n".repeat(1e5)}` },
};

for (const [what, { name, kind, text }] of Object.entries(BOMBS)) {
  test(`${what}: an answer, in bounded memory, and one to the next call`, async () => {
    const { report, held, next } = await read({ name, kind, text });
    assert.equal(report.inputs.length, 1);
    assert.deepEqual(next, ["exposed-token"]);
    // Memory that a module was given is never given back, and grows in large steps: a small multiple of the input, or some megabytes.
    assert.ok(held <= 24 * MB + 300 * text.length, `${text.length} bytes made the module take ${held / MB} MB`);
  });
}

/** A name that would act in every place it can come to: as in tests/hostile.rs. */
const ACTING = "=cmd|'/C calc'!A0 <img src=x onerror=alert(1)></script> `![i](https://x.example/i.png)` [a](javascript:x) @all \u001b]8;;https://x.example\u0007link\u001b]8;;\u0007 \u001b[2J \u009b31m \u202egpj.exe\u2066 \u200b \"; rm -rf / # $(id) `id` ' \\ ${CI_JOB_TOKEN} {{ secret }} %0a ]]> --> \r\nBEGIN:VEVENT\r\n::set-output name=x::y";
const row = { id: 1, name: ACTING, description: ACTING, scopes: ["api", ACTING], active: true, revoked: false, created_at: "2025-01-01T00:00:00Z", last_used_at: ACTING, expires_at: null, access_level: 50, user_id: ACTING };
const html = ACTING.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
const line = ACTING.replaceAll(/[\r\n]/g, " ");

/** A text in YAML, which takes no control character as it is. */
const yaml = (text) => JSON.stringify(text).replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

const NAMES = {
  "an export": { name: "project-318-access-tokens.json", text: JSON.stringify([row]) },
  "variables": { name: "variables.json", text: JSON.stringify([{ key: "DEPLOY_TOKEN", value: ACTING, variable_type: "env_var", protected: false, masked: false, environment_scope: ACTING, description: ACTING }]) },
  "a table": { name: "tokens.csv", text: `id,name,scopes,expires_at\n1,"${ACTING.replaceAll('"', '""')}",api,\n` },
  "a configuration": { ...CI, text: `${yaml(line)}:\n  variables: {${yaml(line)}: x}\n  script:\n    - env\n    - ${yaml(`curl -H "PRIVATE-TOKEN: $T" https://${line}/api`)}\n` },
  "a log": { ...LOG, text: `Running with gitlab-runner 18.0\n$ git clone https://gitlab.example.com/${line}.git\nremote: Authentication by CI/CD job token not allowed from ${line} to ${line}.\n${line} ${fakeToken(5)}\n` },
  "a page": { ...HTML, text: `${PAGE}<table data-testid="active-tokens" data-project-full-path="${html}"><tbody><tr role="row"><td>${html}</td><td>${html}</td></tr></tbody></table><p>${html} ${fakeToken(7)}</p></body></html>` },
  "the input's own name": { name: ACTING, text: `token ${fakeToken(6)}\n` },
};

/** The command's report of the same input: names are data in both, and whoever shows them has to clean them, as the command does. */
function command({ name, text, kind }) {
  const run = spawnSync(join(TARGET, "debug/leastwise"), ["check", "--records", "--today", TODAY], { input: `${JSON.stringify({ name, text, kind })}\n`, encoding: "utf8", maxBuffer: 1 << 26 });
  assert.ok(run.status < 2, run.stderr);
  return JSON.parse(run.stdout).report;
}

for (const [what, input] of Object.entries(NAMES)) {
  test(`names that would act in ${what}: the command's report, and an answer to the next call`, async () => {
    const { report, next } = await read(input);
    for (const finding of report.findings) delete finding.excerpt;
    assert.ok(report.findings.length > 0, "there is something to name");
    assert.deepEqual(report, command(input));
    assert.deepEqual(next, ["exposed-token"]);
  });
}
