// Uses the npm package as its users do: packed, installed in an empty folder, in node, with TypeScript and with a bundler.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const TODAY = "2026-11-20";
const folder = mkdtempSync(join(tmpdir(), "leastwise-npm-"));
const app = join(folder, "app");
const samples = join(folder, "samples");
const run = (command, args, cwd = app) => execFileSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });

/** Runs the command and gives back its JSON; 1 is its answer "there is something". */
function leastwise(...args) {
  try {
    return JSON.parse(run(join(TARGET, "debug/leastwise"), args, samples));
  } catch (error) {
    if (error.status !== 1) throw error;
    return JSON.parse(error.stdout);
  }
}

before(() => {
  mkdirSync(app);
  run(join(TARGET, "debug/leastwise"), ["demo", "--files", samples], folder);
  const packed = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], join(ROOT, "dist/npm")));
  writeFileSync(join(app, "package.json"), '{"private": true, "type": "module"}');
  // Offline: the package brings all it needs.
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", join(folder, packed[0].filename)]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a module in the folder where the package is installed; what it prints last is JSON. */
function inNode(source) {
  writeFileSync(join(app, "try.js"), source);
  return JSON.parse(run(process.execPath, ["try.js"]));
}

test("the tarball holds the package and nothing else", () => {
  const files = readdirSync(join(app, "node_modules/leastwise")).sort();
  const wanted = ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE", "README.md", "api.js", "browser.js", "index.d.ts", "index.js", "leastwise.js", "leastwise.wasm", "load.js", "package.json"];
  assert.deepEqual(files, wanted.sort());
  const { version, dependencies, scripts } = JSON.parse(readFileSync(join(app, "node_modules/leastwise/package.json"), "utf8"));
  assert.equal(version, /^version = "(.*)"$/m.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"))[1]);
  assert.deepEqual([dependencies, scripts], [undefined, undefined], "nothing is fetched or run at install");
});

test("audit gives the command's report, from strings and from bytes", () => {
  const files = readdirSync(samples).sort();
  const report = inNode(`
    import { readFileSync } from "node:fs";
    import { audit } from "leastwise";
    const read = (name, encoding) => readFileSync(${JSON.stringify(samples)} + "/" + name, encoding);
    const names = ${JSON.stringify(files)};
    const [text, bytes] = ["utf8", undefined].map((encoding) =>
      audit(names.map((name) => ({ name, text: read(name, encoding) })), { today: "${TODAY}" }));
    console.log(JSON.stringify({ text, bytes }));`);
  const native = leastwise("check", "--format", "json", "--today", TODAY, ...files);
  assert.ok(native.findings.length > 3);
  // The command tells no code frames in JSON.
  const bare = ({ findings, ...rest }) => ({ ...rest, findings: findings.map(({ excerpt, ...finding }) => finding) });
  for (const report_ of [report.text, report.bytes]) {
    const [ours, theirs] = [bare(report_), bare(native)];
    for (const report of [ours, theirs]) report.inputs.sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(ours, theirs);
  }
});

test("classify and permits answer as the command does", () => {
  const token = /glpat-[\w.-]+/.exec(readFileSync(join(samples, "job.log"), "utf8"))?.[0];
  assert.ok(token, "the sample log holds a token");
  const said = inNode(`
    import { classify, permits } from "leastwise";
    console.log(JSON.stringify([classify("nothing\\nx ${token}"), permits("GET", "/projects/42/packages")]));`);
  assert.deepEqual(said[0].map(({ tokens }) => tokens.map(({ type, column }) => [type, column])), [[], [["personal_access_token", 3]]]);
  assert.ok(!JSON.stringify(said).includes(token.slice(-10)));
  assert.deepEqual(said[1], leastwise("permits", "GET", "/projects/42/packages", "--format", "json"));
});

test("arguments that make no sense are refused by name and not repeated", () => {
  const body = "Zq7Xk2Wv9Rt4Yp8MmNn3";
  const cases = {
    "audit('glpat-BODY')": "inputs has to be an array",
    "audit(['glpat-BODY'])": "inputs[0].name has to be a string",
    "audit([{name: 'a', text: 7}])": "inputs[0].text has to be a string or a Uint8Array",
    "audit([{name: 'a', text: '', kind: 'glpat-BODY'}])": "inputs[0].kind has to be one of ci-config",
    "audit([], {today: 'glpat-BODY'})": "options.today has to be a day",
    "audit([], {hosts: 'glpat-BODY'})": "options.hosts has to be an array of strings",
    "audit([], {gitlabVersion: 'glpat-BODY'})": "options.gitlabVersion has to be a version",
    "classify(7)": "text has to be a string",
    "permits('GET')": "address has to be a string",
  };
  const calls = Object.keys(cases).map((call) => `() => ${call.replace("BODY", body)}`);
  const said = inNode(`
    import { audit, classify, permits } from "leastwise";
    const said = [${calls}].map((call) => { try { call(); return ["", "nothing thrown"]; } catch (error) { return [error.constructor.name, error.message]; } });
    console.log(JSON.stringify(said));`);
  Object.values(cases).forEach((wanted, index) => {
    const [kind, message] = said[index];
    assert.equal(kind, "TypeError", calls[index]);
    assert.ok(message.includes(wanted), `${calls[index]}: ${message}`);
    assert.ok(!message.includes(body.slice(0, 8)), message);
  });
});

test("the types are those of what comes back", () => {
  // TypeScript from this folder; the package from the tarball.
  symlinkSync(join(HERE, "node_modules/typescript"), join(app, "node_modules/typescript"));
  const check = (source) => {
    writeFileSync(join(app, "try.ts"), source);
    return run(process.execPath, ["node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "try.ts"]);
  };
  const good = `
    import { audit, classify, permits, ready, type Finding, type Report } from "leastwise";
    await ready;
    const report: Report = audit([{ name: "a", text: new Uint8Array(), kind: "job-log" }], { today: "${TODAY}", hosts: ["h"] });
    const worst: Finding | undefined = report.findings.find(({ severity }) => severity === "critical");
    const masked: string | undefined = worst?.token?.masked;
    const lines: number[] = classify("x", { tokenPrefixes: [] }).map(({ line }) => line);
    const accepted: boolean | null = permits("GET", "/projects").job_token.accepted;
    export { accepted, lines, masked };`;
  check(good);
  assert.throws(() => check(good.replace('"job-log"', '"job_log"')), /status|Command failed/);
});

test("every field that a report has is typed", () => {
  const types = readFileSync(join(ROOT, "npm/index.d.ts"), "utf8");
  const untyped = new Set();
  const walk = (value) => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (value === null || typeof value !== "object") return;
    for (const [key, inner] of Object.entries(value)) {
      if (!new RegExp(`\\b${key}\\b`).test(types)) untyped.add(key);
      walk(inner);
    }
  };
  const files = readdirSync(samples).map((name) => join(samples, name));
  walk(leastwise("check", "--format", "json", ...files));
  walk(inNode(`
    import { readFileSync } from "node:fs";
    import { audit, classify, permits } from "leastwise";
    const inputs = ${JSON.stringify(files)}.map((name) => ({ name, text: readFileSync(name) }));
    console.log(JSON.stringify([audit(inputs), classify(String(inputs[0].text)), permits("GET", "/projects/42/packages")]));`));
  assert.deepEqual([...untyped], []);
});

test("a bundler takes it, and it runs in a browser", async () => {
  writeFileSync(join(app, "main.js"), `
    import { classify, ready } from "leastwise";
    await ready;
    document.title = JSON.stringify(classify("x " + new URLSearchParams(location.search).get("made_up")).map(({ tokens }) => tokens.map(({ type }) => type)));`);
  const { default: webpack } = await import("webpack");
  const out = join(app, "dist");
  const stats = await new Promise((done, fail) => {
    const options = { context: app, mode: "production", entry: "./main.js", output: { path: out, publicPath: "auto" }, experiments: { topLevelAwait: true } };
    webpack(options, (error, stats) => (error ? fail(error) : done(stats)));
  });
  assert.ok(!stats.hasErrors(), stats.toString({ all: false, errors: true }));
  writeFileSync(join(out, "index.html"), '<!doctype html><title>x</title><script type="module" src="main.js"></script>');
  const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
  const server = createServer((request, response) => {
    const path = join(out, new URL(request.url, "http://x").pathname.replace(/\/$/, "/index.html"));
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(readFileSync(path));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { chromium } = await import("../browser/browser.mjs");
  const browser = await chromium();
  try {
    const page = await browser.newPage();
    const token = /glpat-[\w.-]+/.exec(readFileSync(join(samples, "job.log"), "utf8"))[0];
    await page.goto(`http://127.0.0.1:${server.address().port}/?made_up=${token}`);
    await page.waitForFunction(() => document.title !== "x");
    assert.equal(await page.title(), '[["personal_access_token"]]');
  } finally {
    await browser.close();
    server.close();
  }
});
