// The CI templates: GitLab's own schema takes them, the component and the plain job are the same, and their script does what
// it says, run by a shell as a runner does it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import Ajv from "ajv";
import { parse, parseAllDocuments } from "yaml";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const text = (path) => readFileSync(join(ROOT, path), "utf8");
const plain = parse(text("templates/leastwise.gitlab-ci.yml"));

/** The component as GitLab makes a pipeline of it. */
function component(inputs) {
  const [header, body] = text("templates/check.yml").split(/^---$/m);
  const { spec } = parse(header);
  const known = Object.entries(spec.inputs);
  for (const name of Object.keys(inputs)) assert.ok(name in spec.inputs, name);
  const value = ([name, { default: fallback, options }]) => {
    const chosen = inputs[name] ?? fallback;
    assert.notEqual(chosen, undefined, `${name} has to be given`);
    if (options) assert.ok(options.includes(chosen), `${name}: ${chosen}`);
    return [name, chosen];
  };
  const values = Object.fromEntries(known.map(value));
  const used = new Set();
  const filled = body.replace(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, name) => {
    used.add(name);
    return values[name];
  });
  assert.deepEqual([...used].sort(), known.map(([name]) => name).sort(), "every input is used, and every use is an input");
  return parse(filled);
}

const schema = JSON.parse(text("tests/fixtures/schemas/gitlab-ci.json"));
const valid = new Ajv({ strict: false, allErrors: true, formats: { "uri-reference": true, uri: true } }).compile(schema);
const takes = (pipeline) => (valid(pipeline) ? [] : valid.errors.map(({ instancePath, message }) => `${instancePath} ${message}`));

test("GitLab's schema takes the component, its header and the plain job, and would refuse a broken one", () => {
  assert.deepEqual(takes(plain), []);
  assert.deepEqual(takes(component({ image: "registry.example.com/leastwise:ci" })), []);
  assert.deepEqual(takes(parseAllDocuments(text("templates/check.yml"))[0].toJS()), []);
  assert.notDeepEqual(takes({ ...plain, leastwise: { ...plain.leastwise, artifacts: { reports: { codequality: 7 } } } }), []);
  assert.notDeepEqual(takes({ ...plain, leastwise: { ...plain.leastwise, scripts: [] } }), []);
});

test("both are one job", () => {
  const { leastwise } = component({ image: "$LEASTWISE_IMAGE" });
  const bare = (job) => ({ ...job, script: undefined, variables: undefined });
  assert.deepEqual(bare(leastwise), bare(plain.leastwise));
  const said = plain.leastwise.script.map((line) =>
    line.replaceAll("$LEASTWISE_PATHS", plain.leastwise.variables.LEASTWISE_PATHS).replace('"$LEASTWISE_FAIL_ON"', plain.leastwise.variables.LEASTWISE_FAIL_ON));
  assert.deepEqual(leastwise.script.map((line) => line.replace(/ {2,}/g, " ")), said);
});

test("the job needs no token, caches nothing, and Leastwise itself has nothing to say about it", () => {
  for (const job of [plain.leastwise, component({ image: "x" }).leastwise]) {
    assert.deepEqual(job.cache, []);
    assert.ok(!/TOKEN|PASSWORD|SECRET/.test(JSON.stringify(job)));
    assert.deepEqual(Object.keys(job.artifacts.reports), ["secret_detection", "codequality"]);
    assert.equal(job.artifacts.paths, undefined);
  }
  const said = spawnSync(join(TARGET, "debug/leastwise"), ["check", "--fail-on", "info", join(ROOT, "templates")], { encoding: "utf8" });
  assert.equal(said.status, 0, said.stdout);
});

/** Runs the script lines as a runner's shell does: stop at the first that fails. */
function job(script, variables, folder) {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const path = [join(TARGET, "debug"), process.env.PATH].join(delimiter);
  return spawnSync("sh", ["-e", "-c", script.join("\n")], { cwd: join(folder, "repository"), encoding: "utf8", env: { PATH: path, ...variables } });
}

for (const [what, fails] of [["a clean repository", 0], ["a repository with a leaked token", 1]]) {
  test(`the job's script on ${what}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "leastwise-ci-"));
    try {
      const repository = join(folder, "repository");
      mkdirSync(repository);
      writeFileSync(join(repository, "README.md"), "hello\n");
      let token;
      if (fails) {
        execFileSync(join(TARGET, "debug/leastwise"), ["demo", "--files", join(repository, "samples")]);
        token = /glpat-[\w.-]{20}/.exec(readFileSync(join(repository, "samples/job.log"), "utf8"))[0];
      }
      const { script, variables } = plain.leastwise;
      const said = job(script, variables, folder);
      assert.equal(said.status, fails, said.stdout + said.stderr);
      const reports = ["gl-secret-detection-report.json", "gl-code-quality-report.json"].map((name) => join(repository, name));
      const [secrets, quality] = reports.map((path) => JSON.parse(readFileSync(path, "utf8")));
      assert.equal(secrets.scan.type, "secret_detection");
      assert.equal(secrets.vulnerabilities.length > 0, fails === 1);
      assert.equal(quality.length > 0, fails === 1);
      if (token) for (const out of [said.stdout, said.stderr, ...reports.map((path) => readFileSync(path, "utf8"))]) assert.ok(!out.includes(token.slice(-10)));
      // The team's choice: report, and do not fail.
      for (const path of reports) rmSync(path);
      const chosen = component({ image: "x", "fail-on": "none", paths: "README.md samples", "job-name": "look" }).look;
      if (fails) {
        assert.equal(job(chosen.script, chosen.variables, folder).status, 0);
        assert.ok(reports.every((path) => existsSync(path)));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
