// The page for everybody: each tab at 400 % zoom, with forced colours, without motion, and by the keyboard alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "./browser.mjs";
import { accessible, servePage } from "./harness.mjs";

let browser, server;

before(async () => {
  server = await servePage();
  browser = await chromium();
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** The page with the sample read. 1280 pixels at 400 % are 320. */
async function open(options = {}) {
  const page = await browser.newPage({ viewport: { width: 320, height: 800 }, ...options });
  await page.goto(server.url);
  await page.getByRole("button", { name: "Load sample" }).click();
  await page.locator(".finding").first().waitFor();
  return page;
}

test("every tab is clean for axe in both themes at 400 % zoom, and needs no sideways scrolling", async () => {
  const page = await open();
  const tabs = page.getByRole("tab");
  const count = await tabs.count();
  assert.ok(count >= 5, `${count} tabs`);
  for (let index = 0; index < count; index++) {
    const name = (await tabs.nth(index).innerText()).replace(/\W+/g, "-").toLowerCase();
    await tabs.nth(index).click();
    await page.waitForTimeout(300);
    await accessible(page, `zoomed-${name}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} scrolls sideways`);
  }
  await page.close();
});

/** Texts and files that bring each kind of trouble about; what the page then says. */
const TROUBLE = [
  { name: "broken.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0, 1, 2, 255, 254, 0, 0]) },
  { name: "cut.json", mimeType: "application/json", buffer: Buffer.from('[{"id": 1, "name": "a", "scopes": ["api"]}, {"id": 2, "na') },
  { name: "empty.log", mimeType: "text/plain", buffer: Buffer.from("") },
  { name: ".gitlab-ci.yml", mimeType: "text/yaml", buffer: Buffer.from("a: [\nb: 'broken\n") },
];

/** The states of the page that are no tab with findings. Each brings an open page into it. */
const STATES = {
  "at first": async () => {},
  "nothing found": async (page) => {
    await page.locator("#paste").fill("a text in which there is nothing to find\n");
    await page.getByText("Nothing found").first().waitFor();
  },
  "what could not be read": async (page) => {
    await page.locator("input[type=file]").first().setInputFiles(TROUBLE);
    await page.waitForFunction((count) => document.querySelectorAll(".inputs li").length === count, TROUBLE.length);
    await page.getByText(/not read|Not read/).first().waitFor();
  },
  "how to verify": async (page) => {
    await page.locator(".verify summary").click();
    await page.locator(".verify details[open] #policy").waitFor();
  },
  "everything unfolded": async (page) => {
    await page.getByRole("button", { name: "Load sample" }).click();
    await page.locator(".finding").first().waitFor();
    // What unfolds may hold more that does.
    for (let round = 0; round < 3; round++) {
      await page.evaluate(() => document.querySelectorAll("summary").forEach((summary) => summary.parentElement.open || summary.click()));
      await page.waitForTimeout(100);
    }
    assert.equal(await page.locator("details:not([open]) > summary:visible").count(), 0);
  },
  "a program that does not start": async (page, url) => {
    await page.route(/\.wasm$/, (route) => route.abort());
    await page.goto(url);
    await page.waitForFunction(() => !/^Starting/.test(document.querySelector("main")?.innerText ?? "Starting"));
  },
};

for (const [name, bring] of Object.entries(STATES)) {
  test(`${name}: clean for axe in both themes, wide and at 400 % zoom, with forced colours, without motion, by the keyboard`, async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
    await page.goto(server.url);
    await page.locator("#paste").waitFor();
    await bring(page, server.url);
    const called = name.replace(/\W+/g, "-");
    await accessible(page, `page-${called}`);
    await page.setViewportSize({ width: 320, height: 256 });
    await accessible(page, `page-zoomed-${called}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "scrolls sideways");
    const small = await page.evaluate(() => [...document.querySelectorAll("button, summary, select")].filter((control) => control.getClientRects().length).map((control) => [control.textContent, control.getBoundingClientRect()]).filter(([, { width, height }]) => width < 24 || height < 24).map(([text]) => text));
    assert.deepEqual(small, [], "targets smaller than 24 pixels");
    assert.deepEqual(await page.evaluate(() => document.getAnimations().length), 0, "something moves");
    await page.emulateMedia({ forcedColors: "active" });
    const visited = new Set();
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("Tab");
      const [what, ring] = await page.evaluate(() => {
        const element = document.activeElement;
        const style = getComputedStyle(element);
        return [`${element.tagName} ${(element.textContent || element.id).trim().slice(0, 40)}`, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0];
      });
      if (!what.startsWith("BODY")) assert.ok(ring, `no focus ring: ${what}`);
      visited.add(what);
    }
    if (name !== "everything unfolded") assert.ok([...visited].some((what) => what.startsWith("SUMMARY How to verify")), `the panel is not reached: ${[...visited].join(", ")}`);
    await page.close();
  });
}

test("with forced colours every control keeps an edge or a text, and the focus is seen", async () => {
  const page = await open({ forcedColors: "active" });
  for (let step = 0; step < 25; step++) {
    await page.keyboard.press("Tab");
    const { name, outline } = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      return { name: `${element.tagName} ${element.textContent.slice(0, 30)}`, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
    });
    if (!name.startsWith("BODY")) assert.ok(outline, `no focus ring: ${name}`);
  }
  await page.close();
});

test("without motion nothing moves", async () => {
  const page = await open({ reducedMotion: "reduce" });
  await page.locator(".finding button").first().click();
  const moving = await page.evaluate(() => [
    ...document.getAnimations().map((animation) => animation.effect?.target?.className),
    ...[...document.querySelectorAll("*")].filter((element) => getComputedStyle(element).transitionDuration.split(",").some((time) => parseFloat(time) > 0.01)).map((element) => element.className),
  ]);
  assert.deepEqual(moving, []);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), "smooth");
  await page.close();
});

test("everything is reached and used with the keyboard alone", async () => {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await page.goto(server.url);
  await page.locator("#paste").waitFor();
  const focused = () => page.evaluate(() => (document.activeElement.textContent || document.activeElement.id || document.activeElement.tagName).trim());
  const tabTo = async (pattern) => {
    for (let step = 0; step < 60; step++) {
      if (pattern.test(await focused())) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`${pattern} is not reached by Tab`);
  };
  await tabTo(/^Load sample$/);
  await page.keyboard.press("Enter");
  await page.locator(".finding").first().waitFor();
  const target = await page.evaluate(() => [...document.querySelectorAll("button")].filter((button) => button.getClientRects().length).map((button) => [button.textContent, button.getBoundingClientRect()]).filter(([, { width, height }]) => width < 24 || height < 24).map(([text]) => text));
  assert.deepEqual(target, [], "targets smaller than 24 pixels");
  await page.locator("[role=tab][aria-selected=true]").focus();
  await page.keyboard.press("ArrowRight");
  await page.locator("[role=tab][aria-selected=true]:focus").waitFor({ timeout: 3000 });
  await page.locator("body").press("Tab");
  await page.locator("#paste").focus();
  await tabTo(/^Clear everything$/);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => !document.querySelector(".finding"));
  assert.equal(await page.evaluate(() => document.activeElement.id), "paste", "the focus goes to where one begins again");
  await page.close();
});
