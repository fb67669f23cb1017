// The job token's part of the page in a real Chromium: the drawn plan, "may the job token?", "which token?".
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium, withExtension } from "./browser.mjs";
import { fakeToken } from "./fixtures.mjs";
import { EXTENSION, accessible, everything, hidesBody, leastwise, record, servePage, sink } from "./harness.mjs";

let browser, context, drain, server, foreign, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "leastwise-jobtoken-"));
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

const clone = (project) => `git clone https://gitlab-ci-token:\${CI_JOB_TOKEN}@gitlab.example.com/${project}.git`;
const pipeline = (...lines) => `build:\n  script:\n${lines.map((line) => `    - ${JSON.stringify(line)}\n`).join("")}`;

/** GraphQL's answer about one allowlist: paths of projects with all permissions. */
const allowlist = (project, callers) =>
  JSON.stringify({
    data: {
      project: {
        id: "gid://gitlab/Project/77",
        fullPath: project,
        ciCdSettings: { inboundJobTokenScopeEnabled: true, jobTokenScopeEnabled: false },
        ciJobTokenScopeAllowlist: {
          projectsAllowlist: {
            nodes: callers.map((fullPath) => ({
              direction: "inbound", defaultPermissions: true, jobTokenPolicies: [], autopopulated: false,
              sourceProject: { fullPath: project }, target: { __typename: "CiJobTokenAccessibleProject", fullPath },
            })),
          },
          groupsAllowlist: { nodes: [] },
        },
      },
    },
  });

/** A log of a job of `project`: it says whose it is, and what was refused. */
const log = (project, callee) => `Running with gitlab-runner 18.7.0 (abcdef01)
  on docker small AbCd00072, system ID: s_00ff
Initialized empty Git repository in /builds/${project}/.git/
$ ${clone(callee)}
remote: Authentication by CI/CD job token not allowed from ${project.split("/").at(-1)} to ${callee.split("/").at(-1)}.
fatal: unable to access 'https://gitlab.example.com/${callee}.git/': The requested URL returned error: 403
ERROR: Job failed: exit code 1
`;

async function open(files) {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#paste").waitFor();
  if (files) {
    await page.locator("input[type=file]").first().setInputFiles(files.map(([name, text]) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) })));
    await page.getByRole("tab", { name: /Allowlist/ }).click();
    await page.locator(".graph svg").waitFor();
  }
  return page;
}

const FILES = [
  [".gitlab-ci.yml", pipeline(clone("shop/lib"), clone("infra/base"), "docker pull $CI_REGISTRY/infra/images:1")],
  ["lib.json", allowlist("shop/lib", ["shop/old", "shop/app"])],
  ["job.log", log("shop/denied", "shop/lib")],
];

test("the plan is drawn, and walked with the keyboard", async () => {
  const page = await open(FILES);
  const nodes = await page.locator(".graph .party").count();
  const lines = await page.locator(".graph .call").count();
  assert.ok(nodes >= 6 && lines >= 6, `${nodes} projects, ${lines} calls`);
  // One stop of the Tab key, wherever one is in it.
  assert.equal(await page.locator(".graph [tabindex='0']").count(), 1);
  await page.locator(".graph [tabindex='0']").focus();
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  const first = await focused();
  await page.keyboard.press("ArrowRight");
  const call = await focused();
  assert.match(call, / calls .+: (add|keep|narrow|drop|not-needed|unknown)/);
  assert.ok(call.startsWith(first.split(" ")[0]), `${call} begins where ${first} is`);
  await page.keyboard.press("Enter");
  await page.locator(".graph .said p").first().waitFor();
  assert.equal(await page.locator(".graph .said strong").innerText(), call);
  assert.ok((await page.locator(".graph .said p").nth(1).innerText()).length > 20, "why");
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await focused(), call);
  await page.keyboard.press("Home");
  assert.equal(await focused(), first);
  await page.close();
});

test("a click says why, and the drawing has what the command says", async () => {
  const page = await open(FILES);
  const paths = FILES.map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
  const plan = leastwise("plan", "allowlist", "--format", "json", ...paths);
  const labels = await page.locator(".graph .call").evaluateAll((list) => list.map((g) => g.getAttribute("aria-label")));
  for (const edge of plan.edges.filter((edge) => edge.caller !== edge.callee)) {
    assert.ok(labels.some((label) => label.startsWith(`${edge.caller} calls ${edge.callee}: ${edge.decision}`)), `${edge.caller} ${edge.callee}`);
  }
  const denied = page.locator(".graph .call[aria-label*='shop/denied']");
  await denied.locator("circle").click();
  assert.match(await page.locator(".graph .said").innerText(), /meant to reach/);
  assert.equal(await denied.getAttribute("aria-pressed"), "true");
  await accessible(page, "allowlist-graph-chosen");
  await page.setViewportSize({ width: 360, height: 800 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling on a phone");
  await page.close();
});

test("500 pipelines and 5,000 entries are planned and drawn in seconds", async () => {
  const names = Array.from({ length: 5000 }, (_, index) => `group${index % 50}/app${index}`);
  const files = [["list.json", allowlist("shop/lib", names)]];
  for (const name of names.slice(0, 500)) {
    // In the page a file has no folder: a log says whose it is.
    files.push([`${name.replace("/", "-")}.log`, log(name, "shop/lib")]);
  }
  files.push([".gitlab-ci.yml", pipeline(clone("shop/lib"))]);
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#paste").waitFor();
  const start = Date.now();
  await page.locator("input[type=file]").first().setInputFiles(files.map(([name, text]) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) })));
  await page.waitForFunction(() => /Allowlist.*5,?0\d\d/.test(document.querySelector("#tab-allowlist")?.textContent ?? ""), undefined, { timeout: 300_000 });
  const planned = Date.now() - start;
  await page.getByRole("tab", { name: /Allowlist/ }).click();
  await page.locator(".graph svg").waitFor();
  console.log(`501 inputs, 5,000 entries: planned after ${planned} ms, drawn after ${Date.now() - start} ms`);
  assert.ok((await page.locator(".graph .call").count()) <= 120);
  assert.match(await page.locator(".graph").innerText(), /drawn as one/);
  await page.close();
});

test("permits answers without an input, and never repeats a credential", async () => {
  const page = await open();
  await page.locator("#permits summary").click();
  await page.locator("#permits-address").fill("/projects/42/packages");
  await page.keyboard.press("Enter");
  await page.locator("#permits .facts").waitFor();
  assert.match(await page.locator("#permits .facts").innerText(), /accepted; from another project.*READ_PACKAGES/s);
  await page.locator("#permits-address").fill("delete https://gitlab.example.com/api/v4/projects/1/variables/KEY");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.locator("#permits .facts", { hasText: "refused with 401" }).waitFor();
  const token = fakeToken(7);
  await page.locator("#permits-address").fill(`https://x:${token}@gitlab.example.com/nothing/${token}`);
  await page.keyboard.press("Enter");
  await page.locator("#permits .facts", { hasText: "unknown" }).waitFor();
  hidesBody(await page.locator("#permits [role=status]").innerText(), token, "the answer");
  await page.locator("#permits-address").fill("");
  hidesBody(await everything(page), token, "the page");
  await page.close();
});

test("choose narrows down by typing, answers by clicking, and goes back", async () => {
  const page = await open();
  await page.locator("#choose summary").click();
  await page.locator("#choose .cases li").nth(10).waitFor();
  const all = await page.locator("#choose .cases li").count();
  await page.locator("#choose-words").pressSequentially("bot");
  await page.waitForFunction((all) => document.querySelectorAll("#choose .cases li").length < all, all);
  assert.equal(await page.evaluate(() => document.activeElement.id), "choose-words", "typing is not interrupted");
  await page.locator("#choose .cases button").first().click();
  await page.locator("#choose .facts").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H3", "the focus goes with the answer");
  const facts = await page.locator("#choose .facts").innerText();
  for (const label of ["use", "how", "scopes", "role", "expiry", "create", "keep", "rotate", "why not"]) assert.match(facts, new RegExp(`^${label}$`, "m"));
  await accessible(page, "choose");
  await page.getByRole("button", { name: "Choose another" }).click();
  await page.waitForFunction((all) => document.querySelectorAll("#choose .cases li").length === all, all);
  await page.close();
});

test("the popup answers both, from the background", async () => {
  const extension = await withExtension(EXTENSION, drain.flags);
  try {
    const leaks = record(extension.context, [`chrome-extension://${extension.id}/`, "about:"]);
    const popup = await extension.context.newPage();
    await popup.setViewportSize({ width: 420, height: 600 });
    await popup.goto(`chrome-extension://${extension.id}/popup.html?tab=999999`);
    await popup.locator("#permits summary").click();
    await popup.locator("#permits-address").fill("post /projects/42/releases");
    await popup.keyboard.press("Enter");
    await popup.locator("#permits .facts", { hasText: "ADMIN_RELEASES" }).waitFor();
    await popup.locator("#choose summary").click();
    await popup.locator("#choose-words").fill("scim");
    await popup.locator("#choose .facts", { hasText: "SCIM token" }).waitFor();
    assert.ok(await popup.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
    await accessible(popup, "popup-tools");
    assert.deepEqual(leaks, []);
  } finally {
    await extension.close();
  }
});

test("nothing was asked for but the page's own files", () => {
  assert.deepEqual(foreign, []);
  assert.deepEqual(drain.hosts, []);
});
