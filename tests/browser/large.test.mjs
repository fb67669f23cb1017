// The page with large inputs, in a real Chromium: it answers while it reads, stops when told, and shows tables of any length.
import assert from "node:assert/strict";
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "./browser.mjs";
import { fakeToken, manyRows } from "./fixtures.mjs";
import { everything, hidesBody, record, servePage, sink } from "./harness.mjs";

let browser, context, drain, server, foreign, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "leastwise-large-"));
  drain = await sink();
  server = await servePage();
  browser = await chromium(drain.flags);
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  foreign = record(context, server.own);
});

after(async () => {
  await browser?.close();
  server?.close();
  drain?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open() {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#paste").waitFor();
  return page;
}

/**
 * Runs `work` and gives back the processor time in milliseconds of each task of the page's own thread, the longest first, and
 * of all tasks of its workers together. Processor time, not the clock's: other programs of a busy machine do not count.
 */
async function traced(page, work) {
  await browser.startTracing(page, { categories: ["-*", "disabled-by-default-devtools.timeline"] });
  let trace;
  try {
    await work();
  } finally {
    trace = JSON.parse(String(await browser.stopTracing()));
  }
  const events = trace.traceEvents;
  const named = (name) => new Set(events.filter((event) => event.name === "thread_name" && event.args.name.includes(name)).map((event) => `${event.pid} ${event.tid}`));
  const of = (threads) => events.filter((event) => event.name === "RunTask" && threads.has(`${event.pid} ${event.tid}`)).map((event) => (event.tdur ?? 0) / 1000);
  const tasks = of(named("CrRendererMain")).sort((a, b) => b - a);
  assert.ok(tasks.length > 10, "the browser was traced");
  const sum = (list) => list.reduce((all, one) => all + one, 0);
  return { tasks, page: sum(tasks), worker: sum(of(named("DedicatedWorker"))) };
}

/** A runner's log of so many bytes, with a token near its beginning and one at its end. */
async function log(name, bytes, first, last) {
  const path = join(folder, name);
  const file = createWriteStream(path);
  const lines = [];
  for (let step = 0; step < 20_000; step++) {
    lines.push(`2026-11-20T10:${String(step % 60).padStart(2, "0")}:00.000000Z 01O npm http fetch GET 200 https://registry.example.com/p${step} ${step % 977}ms (cache miss)\n`);
  }
  const block = lines.join("");
  file.write(`2026-11-20T10:00:00.000000Z 01O Running with gitlab-runner 18.5.0\n2026-11-20T10:00:00.000000Z 01O token is ${first}\n`);
  for (let written = 0; written < bytes; written += block.length) {
    if (!file.write(block)) await new Promise((done) => file.once("drain", done));
  }
  file.write(`2026-11-20T11:00:00.000000Z 01O and ${last}\n`);
  await new Promise((done) => file.end(done));
  return path;
}

test("a log of 100 MB is read with progress, and a click meanwhile is answered", { timeout: 400_000 }, async () => {
  const page = await open();
  const [first, last] = [fakeToken(1), fakeToken(2)];
  const path = await log("build.log", 100_000_000, first, last);
  await page.evaluate(() => {
    globalThis.seen = [];
    new MutationObserver(() => {
      const bar = document.querySelector("#progress");
      if (bar && bar.value !== globalThis.seen.at(-1)) globalThis.seen.push(bar.value);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  const { tasks, worker } = await traced(page, async () => {
    await page.locator("input[type=file]").first().setInputFiles(path);
    await page.locator("#progress").waitFor();
    // The page is used while the log is read: something else is put on the desk, and a button answers.
    const state = await page.evaluate(async () => {
      const sample = [...document.querySelectorAll("button")].find((button) => button.textContent === "Load sample");
      sample.click();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return { inputs: document.querySelectorAll(".inputs li").length, reading: document.querySelector("#progress") !== null };
    });
    assert.deepEqual(state, { inputs: 4, reading: true }, "the click was answered while the log was read");
    await page.locator("#progress").waitFor({ state: "detached", timeout: 300_000 });
  });
  await page.getByLabel("Input").selectOption({ label: "build.log (2)" });
  await page.waitForFunction(() => document.querySelectorAll(".finding").length === 2);
  const values = await page.evaluate(() => globalThis.seen);
  const rises = values.filter((value, at) => at > 0 && value > values[at - 1]).length;
  console.log(`100 MB: progress rose ${rises} times; processor time: worker ${Math.round(worker)} ms, longest tasks of the page ${tasks.slice(0, 3).map(Math.round)} ms`);
  assert.ok(rises > 5, `progress: ${values}`);
  assert.ok(tasks[0] < 100, `the page was blocked for ${tasks[0]} ms`);
  const shown = await everything(page);
  hidesBody(shown, first, "the page");
  hidesBody(shown, last, "the page");
  await page.close();
});

test("what a large file begins with is shown before its end is read", { timeout: 400_000 }, async () => {
  const page = await open();
  const [first, last] = [fakeToken(6), fakeToken(7)];
  const path = await log("held.log", 24_000_000, first, last);
  // From the second on, the worker gets a slice of the file only when it is let go here: the end cannot have been read.
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const whole = Blob.prototype.slice;
    globalThis.held = [];
    globalThis.letGo = () => {
      Blob.prototype.slice = whole;
      globalThis.held.splice(0).forEach((one) => one());
    };
    Blob.prototype.slice = function (from, to) {
      const part = whole.call(this, from, to);
      const arrayBuffer = () => new Promise((done) => globalThis.held.push(() => done(part.arrayBuffer())));
      return from > 0 ? { arrayBuffer } : part;
    };
  });
  const next = async () => {
    await worker.evaluate(async () => {
      while (globalThis.held.length === 0) await new Promise((done) => setTimeout(done, 10));
      // Longer than the worker's patience between two reports.
      await new Promise((done) => setTimeout(done, 400));
      globalThis.held.shift()();
    });
  };
  await page.locator("input[type=file]").first().setInputFiles(path);
  await next();
  await next();
  // The rest of the slices is not let go.
  await page.locator(".finding").first().waitFor();
  assert.equal(await page.locator(".finding").count(), 1);
  assert.equal(await page.locator("#progress").count(), 1, "it is still being read");
  assert.ok((await page.locator("#progress").evaluate((bar) => bar.value / bar.max)) < 0.7, "and not near its end");
  await worker.evaluate(() => globalThis.letGo());
  await page.waitForFunction(() => document.querySelectorAll(".finding").length === 2);
  await page.locator("#progress").waitFor({ state: "detached" });
  hidesBody(await everything(page), first, "the page");
  await page.close();
});

test("a check that is stopped says what was not read, and can be taken up again", { timeout: 400_000 }, async () => {
  const page = await open();
  const path = await log("stop.log", 60_000_000, fakeToken(3), fakeToken(4));
  await page.locator("#paste").fill(`x=${fakeToken(5)}`);
  await page.locator(".finding").first().waitFor();
  await page.locator("input[type=file]").first().setInputFiles(path);
  await page.locator("#progress").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#progress").waitFor({ state: "detached", timeout: 60_000 });
  await page.locator(".inputs li.known").nth(1).waitFor();
  assert.match(await page.locator(".inputs li").nth(1).innerText(), /not readable/);
  assert.match(await page.locator(".blind").innerText(), /stop\.log: You stopped the check/);
  assert.equal(await page.locator(".finding").count(), 1, "what was read before stays");
  await page.getByRole("button", { name: "Check again stop.log" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".finding").length === 3, null, { timeout: 200_000 });
  await page.close();
});

test("a file that is not there any more is said", async () => {
  const page = await open();
  const path = join(folder, "gone.log");
  writeFileSync(path, "text\n".repeat(1000));
  const choose = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose files" }).click();
  const chooser = await choose;
  await chooser.setFiles([path]);
  rmSync(path);
  await page.locator(".inputs li.known").waitFor();
  // Read before it went, or said: never silently nothing.
  const text = await page.locator("main").innerText();
  assert.match(text, /1,?000 lines|could not read this file/);
  await page.close();
});

test("100,000 rows are scrolled, sorted and searched", { timeout: 600_000 }, async () => {
  const costs = [];
  for (const count of [20_000, 100_000]) {
    const page = await open();
    const rows = manyRows(count).map(({ name, id }, at) => ({
      id, name, revoked: false, created_at: "2026-02-11T08:00:00Z", scopes: at % 2 ? ["read_api"] : ["api"], user_id: 9,
      last_used_at: "2026-11-20T08:00:00Z", active: true, expires_at: "2027-06-01", access_level: 20 + 10 * (at % 3),
      resource_type: "project", resource_id: 318,
    }));
    const path = join(folder, `tokens-${count}.json`);
    writeFileSync(path, JSON.stringify(rows));
    await page.locator("input[type=file]").first().setInputFiles(path);
    await page.getByRole("tab", { name: `Tokens (${count.toLocaleString("en")})` }).click({ timeout: 300_000 });
    await page.locator(".grid .body .row").first().waitFor();
    assert.match(await page.locator(".sheet .bar [role=status]").innerText(), new RegExp(`^${count.toLocaleString("en")} rows$`));
    const grid = page.getByRole("grid");
    assert.equal(await grid.getAttribute("aria-rowcount"), String(count + 1));
    assert.ok((await page.locator(".grid .body .row").count()) <= 100, "only what is in view is in the document");
    // Scrolled in a hundred steps; each time the row that should be there is there.
    let scrolled;
    const cost = await traced(page, async () => {
      scrolled = await page.evaluate(async (total) => {
        const grid = document.querySelector(".grid");
        const waits = [];
        for (let step = 1; step <= 100; step++) {
          const wanted = Math.floor(((grid.scrollHeight - grid.clientHeight) / 40) * (step / 100));
          const start = performance.now();
          grid.scrollTop = wanted * 40;
          const there = () => document.querySelector(`.grid [aria-rowindex="${Math.min(wanted + 3, total + 1)}"]`);
          while (!there() && performance.now() - start < 30_000) await new Promise((done) => requestAnimationFrame(done));
          if (!there()) return { lost: wanted };
          waits.push(performance.now() - start);
        }
        return { median: Math.round(waits.sort((a, b) => a - b)[50]) };
      }, count);
    });
    assert.equal(scrolled.lost, undefined, `row ${scrolled.lost} did not appear`);
    costs.push(cost);
    // The keys reach the last row, and a row in full.
    await grid.focus();
    await page.keyboard.press("End");
    await page.waitForFunction((index) => document.getElementById(document.querySelector(".grid").getAttribute("aria-activedescendant"))?.getAttribute("aria-rowindex") === index, String(count + 1));
    const inView = await page.evaluate(() => {
      const [row, grid] = [document.querySelector(".grid [aria-selected=true]"), document.querySelector(".grid")].map((element) => element.getBoundingClientRect());
      return row.top >= grid.top && row.bottom <= grid.bottom + 1;
    });
    assert.ok(inView, "the current row is in view");
    await page.keyboard.press("Enter");
    await page.locator(".detail h3").waitFor();
    assert.match(await page.locator(".detail h3").innerText(), new RegExp(rows.at(-1).name));
    await page.keyboard.press("Escape");
    await page.locator(".detail").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "grid", "the focus is back");
    // Sorted by a column, and searched.
    await page.getByRole("button", { name: "Role" }).click();
    await page.locator("[role=columnheader][aria-sort=ascending]").waitFor();
    await page.waitForFunction(() => document.querySelector(".grid .body .row")?.innerText.includes("Reporter"));
    await page.getByLabel("Search this table").fill(rows[4321].name);
    await page.waitForFunction(() => document.querySelectorAll(".grid .body .row").length < 50);
    assert.match(await page.locator(".grid .body").innerText(), new RegExp(rows[4321].name));
    console.log(`${count} rows: scrolling ${scrolled.median} ms a step; processor time of 100 steps: page ${Math.round(cost.page)} ms, longest task ${Math.round(cost.tasks[0])} ms, worker ${Math.round(cost.worker)} ms`);
    assert.ok(cost.tasks[0] < 100, `scrolling blocked the page for ${cost.tasks[0]} ms`);
    await page.close();
  }
  assert.ok(costs[1].page < 2 * costs[0].page, "what the page does does not grow with the table");
});

test("a text too large for the box becomes an input", async () => {
  const page = await open();
  await page.evaluate((token) => {
    const data = new DataTransfer();
    data.setData("text/plain", `${"a line of a log\n".repeat(100_000)}${token}\n`);
    document.querySelector("#paste").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, fakeToken(6));
  await page.locator(".finding").first().waitFor();
  assert.equal(await page.locator("#paste").inputValue(), "");
  assert.match(await page.locator(".inputs li").first().innerText(), /pasted text, 1\.6 MB, 100,?001 lines/);
  await page.close();
});

test("nothing was asked for but the page's own files", () => {
  assert.deepEqual(foreign, []);
  assert.deepEqual(drain.hosts, []);
});
