// The permission ladder, the badge and the marks, as clicks in a real Chromium.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { withExtension } from "./browser.mjs";
import { GITLAB_CSP, HOST, ROWS, TOKENS, addressOf, fakeToken, manyRows, sharedPages, tokenPage } from "./fixtures.mjs";
import { EXTENSION, OUT, ROOT, accessible, analysis, everything, hidesBody } from "./harness.mjs";

const OTHER = "https://gitlab.example.org:8443";
const FOREIGN = "https://lookalike.example.com";
const pages = new Map();
const CONTENT = readFileSync(join(EXTENSION, "content.js"), "utf8");
const MARKS = readFileSync(join(EXTENSION, "marks.js"), "utf8");
let browser, cdp, worker;

before(async () => {
  browser = await withExtension(EXTENSION, ["--host-resolver-rules=MAP * ~NOTFOUND"]);
  worker = browser.worker;
  cdp = await browser.context.browser().newBrowserCDPSession();
  await browser.context.route(/^https:/, (route) => {
    const body = pages.get(route.request().url());
    const headers = { "content-security-policy": GITLAB_CSP };
    return body === undefined ? route.abort() : route.fulfill({ body, headers, contentType: "text/html; charset=utf-8" });
  });
});

// A test that failed leaves nothing to the next.
afterEach(() => worker.evaluate(async () => {
  const origins = (await chrome.permissions.getAll()).origins;
  if (origins.length) await chrome.permissions.remove({ origins });
}));

after(() => browser?.close());

async function openTab(url, html) {
  pages.set(url, html);
  const tab = await browser.context.newPage();
  await tab.goto(url);
  return tab;
}

/** Waits until `check` gives something true, and gives that back. */
async function eventually(check, what, ms = 15_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) assert.fail(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The number of a tab: the newest one that is active. */
const activeTab = async (tab) => {
  await tab.bringToFront();
  return (await worker.evaluate(() => chrome.tabs.query({ active: true }))).at(-1).id;
};
const badge = (id) => worker.evaluate((tabId) => chrome.action.getBadgeText({ tabId }), id);
const registered = () => worker.evaluate(() => chrome.scripting.getRegisteredContentScripts());
const origins = () => worker.evaluate(async () => (await chrome.permissions.getAll()).origins);

async function openPopup(id) {
  const popup = await browser.context.newPage();
  await popup.setViewportSize({ width: 420, height: 600 });
  await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=${id}`);
  await popup.locator(".verdict, .explained").first().waitFor();
  return popup;
}

/** Says yes beforehand to what the browser would ask: its question cannot be clicked without a screen. */
async function allow(pattern) {
  const page = await browser.context.newPage();
  await page.goto("chrome://extensions/");
  await page.evaluate(([id, pattern]) => chrome.developerPrivate.addHostPermission(id, pattern), [browser.id, pattern]);
  await page.close();
}

/** Clicks the extension's button on a tab, and opens the popup of that tab as a page. */
async function clickAndOpen(tab) {
  const id = await activeTab(tab);
  const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
  const { targetId } = targetInfos.findLast((target) => target.url === tab.url());
  await cdp.send("Extensions.triggerAction", { id: browser.id, targetId });
  return { id, popup: await openPopup(id) };
}

const marks = (tab) => tab.locator("leastwise-mark");
const inRows = (tab) => tab.locator("tr leastwise-mark");
const access = (popup) => popup.locator("#access");

test("nothing is granted at install, and no page is read by itself", async () => {
  assert.deepEqual(await origins(), []);
  assert.deepEqual(await registered(), []);
  const tab = await openTab(HOST + TOKENS, tokenPage(ROWS).html);
  await tab.waitForTimeout(1500);
  assert.equal(await badge(await activeTab(tab)), "");
  await tab.close();
});

test("a host is turned on and off by clicks, and no other host with it", async () => {
  const tab = await openTab(HOST + TOKENS, tokenPage(ROWS).html);
  const second = await openTab(OTHER + TOKENS, tokenPage(ROWS).html.replaceAll(HOST, OTHER));
  await allow(`${HOST}/*`);
  const { popup, id } = await clickAndOpen(tab);
  assert.match(await access(popup).innerText(), /This page only, this time\./);
  assert.equal(await badge(id), "", "no badge where nobody asked for it");
  await accessible(popup, "popup-access-once");
  await access(popup).getByRole("button", { name: "Always on gitlab.example.com" }).click();
  await access(popup).getByText("Leastwise now reads the token pages of gitlab.example.com").waitFor();
  assert.match(await access(popup).innerText(), /Always on gitlab\.example\.com\./);
  await accessible(popup, "popup-access-always");
  assert.deepEqual(await origins(), [`${HOST}/*`]);
  // The tab that was open already counts, and the count is the popup's.
  const findings = await popup.locator(".finding").count();
  assert.ok(findings > 0);
  await eventually(async () => (await badge(id)) === String(findings), "the badge shows the popup's count");
  // A new page of the host too, without any click; pages of another GitLab never.
  const fresh = await openTab(`${HOST}/acme/fresh/-/settings/access_tokens`, tokenPage(ROWS.slice(1, 2)).html);
  const freshId = await activeTab(fresh);
  await eventually(async () => Number(await badge(freshId)) > 0, "a page loaded later has a badge");
  assert.equal(await badge(await activeTab(second)), "");
  const other = await clickAndOpen(second);
  assert.match(await access(other.popup).innerText(), /This page only, this time\.\s+Always on gitlab\.example\.org:8443/);
  assert.equal(await badge(other.id), "");
  await other.popup.close();
  // Rows are never marked unasked.
  assert.equal(await marks(tab).count() + (await marks(fresh).count()), 0);

  await access(popup).getByRole("button", { name: "Turn off" }).click();
  await access(popup).getByText("was given back").waitFor();
  assert.match(await access(popup).innerText(), /This page only, this time\./);
  assert.deepEqual([await origins(), await registered()], [[], []]);
  await eventually(async () => (await badge(freshId)) === "" && (await badge(id)) === "", "the badges go");
  await fresh.reload();
  await fresh.waitForTimeout(1500);
  assert.equal(await badge(freshId), "");
  for (const page of [popup, tab, second, fresh]) await page.close();
});

test("a host with a port is asked for with its port", async () => {
  const tab = await openTab(OTHER + TOKENS, tokenPage(ROWS).html.replaceAll(HOST, OTHER));
  await allow(`${OTHER}/*`);
  const { popup, id } = await clickAndOpen(tab);
  await access(popup).getByRole("button", { name: "Always on gitlab.example.org:8443" }).click();
  await access(popup).getByText("Leastwise now reads").waitFor();
  assert.deepEqual(await origins(), [`${OTHER}/*`]);
  assert.deepEqual((await registered()).map((script) => script.matches), [[`${OTHER}/*`]]);
  await eventually(async () => Number(await badge(id)) > 0, "the badge");
  await access(popup).getByRole("button", { name: "Turn off" }).click();
  await access(popup).getByText("was given back").waitFor();
  assert.deepEqual(await origins(), []);
  await popup.close();
  await tab.close();
});

test("a refusal and a policy are explained, and change nothing", async () => {
  const tab = await openTab(HOST + TOKENS, tokenPage(ROWS).html);
  const { popup } = await clickAndOpen(tab);
  // The browser's question cannot be answered without a screen: only its answer is made up.
  const answers = [
    [undefined, /gave no access to gitlab\.example\.com, and nothing has changed/],
    ["Permission is blocked by the ExtensionSettings policy.", /policy of your organisation/],
    ["An unexpected error occurred", /could not change the access/],
  ];
  for (const [error, words] of answers) {
    await popup.evaluate((error) => {
      chrome.permissions.request = (wanted) => {
        globalThis.asked = wanted;
        return error ? Promise.reject(new Error(error)) : Promise.resolve(false);
      };
    }, error);
    await access(popup).getByRole("button", { name: "Always on gitlab.example.com" }).click();
    await eventually(async () => words.test(await access(popup).innerText()), String(words));
    assert.deepEqual(await popup.evaluate(() => globalThis.asked), { origins: [`${HOST}/*`] });
    assert.match(await access(popup).innerText(), /This page only, this time\./);
    assert.deepEqual([await origins(), await registered()], [[], []]);
  }
  await accessible(popup, "popup-access-refused");
  await popup.close();
  await tab.close();
});

test("a page that is not GitLab's is not offered", async () => {
  const tab = await openTab(`${FOREIGN}/`, "<!DOCTYPE html><html lang=en><title>x</title><body data-page='projects:settings:access_tokens:index'><table><tr><td>GitLab</td></tr></table>");
  const { popup } = await clickAndOpen(tab);
  await eventually(async () => /This page only/.test(await access(popup).innerText()), "the state is shown");
  assert.equal(await access(popup).getByRole("button").count(), 0);
  await popup.close();
  await tab.close();
});

/** Turns a host on, with marks, by clicks. */
async function markedTab(url, html) {
  const tab = await openTab(url, html);
  await allow(`${HOST}/*`);
  const opened = await clickAndOpen(tab);
  const grant = access(opened.popup).getByRole("button", { name: /^Always on/ });
  if (await grant.count()) await grant.click();
  await access(opened.popup).getByRole("button", { name: "Mark rows", exact: true }).click();
  await access(opened.popup).getByRole("button", { name: "Stop marking rows" }).waitFor();
  return { tab, ...opened };
}

async function turnOff(popup) {
  await access(popup).getByRole("button", { name: "Turn off" }).click();
  await access(popup).getByText("was given back").waitFor();
}

const places = (tab) =>
  tab.evaluate(() => [...document.querySelectorAll("tr, td, th, main, table")].map((element) => Object.values(element.getBoundingClientRect().toJSON()).join()));
/** The names of rows that hold a mark, in the order of the page. */
const markedRows = (tab) =>
  tab.evaluate(() => [...document.querySelectorAll("tr:has(leastwise-mark)")].map((row) => row.cells[0].innerText.trim().slice(0, 20)));

test("rows are marked without a shift, again after a new drawing, and one click takes the marks away", async () => {
  const tab = await openTab(HOST + TOKENS, tokenPage(ROWS).html);
  const before = await places(tab);
  await tab.close();
  const { tab: marked, popup, id } = await markedTab(HOST + TOKENS, tokenPage(ROWS).html);
  await eventually(async () => (await inRows(marked).count()) > 1, "rows are marked");
  assert.deepEqual(await places(marked), before, "no layout shift");
  const names = await markedRows(marked);
  const subjects = new Set((await popup.locator(".finding .about").allInnerTexts()).map((text) => /\d+$/.exec(text)[0]));
  const numbers = await marked.evaluate(() => [...document.querySelectorAll("tr:has(leastwise-mark)")].map((row) => /access_tokens\/(\d+)\//.exec(row.querySelector("a").href)[1]));
  assert.deepEqual(numbers.sort(), [...subjects].sort(), "marks stand at the rows with findings and at no others");
  await marked.bringToFront();
  await marked.screenshot({ path: join(OUT, "marks.png") });

  // Drawn anew with the same content: the marks are back before the next frame, each once.
  const frames = await marked.evaluate(async () => {
    const body = document.querySelector("tbody");
    const clean = body.cloneNode(true);
    for (const mark of clean.querySelectorAll("leastwise-mark")) mark.remove();
    body.replaceWith(clean);
    await new Promise((frame) => requestAnimationFrame(frame));
    return document.querySelectorAll("tr leastwise-mark").length;
  });
  assert.equal(frames, names.length);
  // Sorted: the marks go with their rows at once.
  const sorted = await marked.evaluate(async () => {
    const body = document.querySelector("tbody");
    body.append(...[...body.rows].reverse());
    await new Promise((frame) => requestAnimationFrame(frame));
    return [...document.querySelectorAll("tr:has(leastwise-mark)")].map((row) => row.cells[0].innerText.trim().slice(0, 20));
  });
  assert.deepEqual(sorted, [...names].reverse());
  // A row gone: the badge follows, and is the popup's count still.
  const count = await badge(id);
  await marked.evaluate(() => document.querySelector("tr:has(leastwise-mark)").remove());
  await eventually(async () => (await badge(id)) !== count, "the badge follows the page");
  await popup.bringToFront();
  await popup.getByRole("button", { name: "Look again" }).click();
  await eventually(async () => String(await popup.locator(".finding").count()) === (await badge(id)), "badge and popup agree");
  // The page is quiet: our own marks are no change of it.
  const hosts = await marks(marked).count();
  await marked.waitForTimeout(2500);
  assert.equal(await marks(marked).count(), hosts);

  // One click takes all marks away. The shadow trees are closed: the click goes where the button is.
  const size = marked.viewportSize();
  await marked.bringToFront();
  await marked.mouse.click(size.width - 16 - 30, size.height - 16 - 17);
  await eventually(async () => (await marks(marked).count()) === 0, "no marks");
  await turnOff(popup);
  await popup.close();
  await marked.close();
});

test("marks are reached by keyboard, named for screen readers, and open by Enter", async () => {
  const { tab, popup } = await markedTab(HOST + TOKENS, tokenPage(ROWS).html);
  await eventually(async () => (await inRows(tab).count()) > 1, "rows are marked");
  await tab.bringToFront();
  const session = await browser.context.newCDPSession(tab);
  const named = async () => {
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    return nodes.filter((node) => node.role?.value === "button").map((node) => node.name?.value ?? "");
  };
  const buttons = (await named()).filter((name) => name.startsWith("Leastwise, "));
  assert.equal(buttons.length, await inRows(tab).count());
  assert.ok(buttons.every((name) => /^Leastwise, (critical|high|medium|low|info): \S/.test(name)), buttons.join("\n"));
  let focused = false;
  for (let step = 0; step < 30 && !focused; step++) {
    await tab.keyboard.press("Tab");
    focused = await tab.evaluate(() => document.activeElement.localName === "leastwise-mark" && document.activeElement.closest("tr") !== null);
  }
  assert.ok(focused, "Tab reaches a mark in its row");
  await tab.keyboard.press("Enter");
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  assert.ok(nodes.some((node) => node.role?.value === "dialog" && node.name?.value === "Findings about this row" && !node.ignored));
  await tab.screenshot({ path: join(OUT, "mark-open.png") });
  await access(popup).getByRole("button", { name: "Stop marking rows" }).click();
  await eventually(async () => (await marks(tab).count()) === 0, "marks are turned off in the popup");
  await turnOff(popup);
  await popup.close();
  await tab.close();
});

test("the capture of a marked page is that of the page without marks", async () => {
  const { html, secrets } = tokenPage(ROWS);
  const { tab, popup } = await markedTab(HOST + TOKENS, html);
  await eventually(async () => (await inRows(tab).count()) > 1, "rows are marked");
  const marked = await tab.evaluate(CONTENT);
  await turnOff(popup);
  await eventually(async () => (await marks(tab).count()) === 0, "turning off takes the marks away");
  assert.equal(marked.html, (await tab.evaluate(CONTENT)).html);
  for (const secret of secrets) assert.ok(!marked.html.includes(secret), secret);
  await popup.close();
  await tab.close();
});

test("a click on a finding scrolls to its row and outlines it, with access for this time only", async () => {
  const rows = manyRows(200).map((row, index) => (index === 150 ? { ...ROWS[1], name: "the-one", scopes: "api, sudo", id: 4711 } : row));
  const tab = await openTab(HOST + TOKENS, tokenPage(rows).html);
  const { popup } = await clickAndOpen(tab);
  await popup.locator("#search").fill("the-one");
  await popup.locator("button.fold").first().click();
  const at = () =>
    tab.evaluate(() => {
      const [animation] = document.getAnimations().filter((animation) => animation.id === "leastwise");
      const row = animation?.effect.target;
      const { top, bottom } = row?.getBoundingClientRect() ?? {};
      return row && { name: row.cells[0].innerText.trim(), seen: top >= 0 && bottom <= innerHeight, outline: getComputedStyle(row).outlineStyle };
    });
  assert.deepEqual(await eventually(at, "a row is outlined"), { name: "the-one", seen: true, outline: "solid" });
  assert.equal(await marks(tab).count(), 0, "pointing marks nothing");
  await tab.evaluate(() => document.querySelectorAll("tr")[151].remove());
  await popup.locator("button.fold").first().click();
  await access(popup).getByText("The row is not on the page any more").waitFor();
  await popup.close();
  await tab.close();
});

/** Pages with lists that are no tables of tokens: those of this repository, and the shared ones where they are. */
function otherLists() {
  const own = ["chinese-project-cicd-enforced.html", "admin-applications.html"];
  const shared = ["project-cicd-settings.html", "project-repository-settings.html", "project-webhooks.html", "admin-credentials-personal-access-tokens.html"];
  const path = (name) => ({ name, html: readFileSync(join(ROOT, "tests/fixtures/pages", name), "utf8").replace(/\{\{\w+( \d+)?\}\}/g, fakeToken(3)) });
  return [...own.map(path), ...sharedPages().filter(({ name }) => shared.includes(name))];
}

test("rows of every kind of list are marked: variables, keys, allowlist entries, runners, webhooks, applications, credentials", async () => {
  const { popup: first, tab: opener } = await markedTab(HOST + TOKENS, tokenPage(ROWS).html);
  const kinds = new Set();
  for (const { name, html } of otherLists()) {
    const tab = await openTab(addressOf(html).split("#")[0], html);
    const id = await activeTab(tab);
    const { report } = analysis((await first.evaluate((tab) => chrome.runtime.sendMessage({ ask: "analysis", tab }), id)).sent);
    const subjects = report.findings.filter(({ subject }) => Number.isInteger(subject?.row)).map(({ subject }) => subject);
    const rows = new Set(subjects.map(({ kind, row }) => `${kind} ${row}`));
    assert.ok(rows.size > 0, `${name}: ${JSON.stringify(report.findings.map(({ rule }) => rule))}`);
    const held = () => tab.evaluate(() => [...document.querySelectorAll("leastwise-mark")].map((mark) => mark.closest("tr, li, .deploy-key, .gl-responsive-table-row")?.textContent.replace(/\s+/g, " ") ?? "").filter(Boolean));
    // Rows far below are marked when they come near.
    const seen = new Set();
    await eventually(async () => {
      for (const text of await held()) seen.add(text);
      await tab.evaluate(() => scrollBy(0, innerHeight / 2));
      return seen.size >= rows.size;
    }, `${name}: ${rows.size} rows are marked, not ${[...seen].join(" | ")}`);
    assert.equal(seen.size, rows.size, `${name}: ${[...seen].join(" | ")}`);
    for (const { name: called, kind } of subjects) {
      kinds.add(kind);
      if (called) assert.ok([...seen].some((text) => text.includes(called)), `${name}: ${called} in ${[...seen].join(" | ")}`);
    }
    await tab.screenshot({ path: join(OUT, `marks-${name}.png`) });
    await tab.close();
  }
  console.log(`marked: ${[...kinds].sort().join(", ")}`);
  for (const kind of ["allowlist_entry", "application", "variable"]) assert.ok(kinds.has(kind), kind);
  await turnOff(first);
  await first.close();
  await opener.close();
});

test("another page of the list and a rotated token are read again, once for a burst of changes", async () => {
  const { tab, popup, id } = await markedTab(HOST + TOKENS, tokenPage(ROWS).html);
  await eventually(async () => (await inRows(tab).count()) > 1, "rows are marked");
  await worker.evaluate(() => {
    const { executeScript } = chrome.scripting;
    globalThis.captures = 0;
    chrome.scripting.executeScript = (task) => {
      if (task.files?.includes("content.js")) globalThis.captures += 1;
      return executeScript.call(chrome.scripting, task);
    };
  });
  await popup.close(); // It looks at the page's forms by itself.
  // The next page: other rows in the same table, drawn bit by bit.
  const next = tokenPage(manyRows(4)).html;
  const before = await badge(id);
  await tab.evaluate(async (html) => {
    const rows = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("tbody tr")];
    const body = document.querySelector("tbody");
    body.replaceChildren();
    for (const row of rows) {
      body.append(row);
      await new Promise((done) => setTimeout(done, 60));
    }
    for (let count = 0; count < 50; count++) {
      document.querySelector("h1").firstChild.data = `Loading ${count}`;
      await new Promise((done) => setTimeout(done, 10));
    }
  }, next);
  await eventually(async () => (await badge(id)) !== before, "the badge is that of the new rows");
  assert.deepEqual(await markedRows(tab), ["bot-0", "bot-1", "bot-2", "bot-3"]);
  await tab.waitForTimeout(1500);
  const captures = await worker.evaluate(() => globalThis.captures);
  assert.ok(captures >= 1 && captures <= 4, `${captures} captures for 58 changes`);
  // Rotated: the row has another number and another end; the finding that is over goes from its mark.
  const titles = () => tab.evaluate(() => document.querySelectorAll("tr leastwise-mark").length);
  const marked = await titles();
  const count = await badge(id);
  await tab.evaluate(() => {
    const row = [...document.querySelectorAll("tbody tr")].find((row) => row.textContent.includes("bot-1"));
    const soon = new Date(Date.now() + 60 * 86_400_000).toUTCString().replace(/(\w+), (\d+) (\w+) (\d+) .*/, "$1 $3 $2 $4 00:00:00 GMT+0000 (Coordinated Universal Time)");
    row.cells[6].innerHTML = `<div><time datetime="${soon}">x</time></div>`;
    row.querySelector("a").href = row.querySelector("a").href.replace(/\d+\/revoke/, "9999/revoke");
  });
  await eventually(async () => (await badge(id)) !== count, "the rotated token is judged anew");
  assert.equal(await titles(), marked);
  await popupOff(id);
  await tab.close();
});

/** Turns the host off in a popup of its own. */
async function popupOff(id) {
  const popup = await openPopup(id);
  await turnOff(popup);
  await popup.close();
}

test("below a relative URL root, with a token prefix of its own, an instance is read and turned on like any other", async () => {
  const token = fakeToken(11).replace("glpat-", "acme-pat-");
  const rows = [...ROWS, { name: `see ${token}`, scopes: "api", id: 801 }];
  const html = tokenPage(rows).html
    .replaceAll('gon.relative_url_root=""', 'gon.relative_url_root="/gitlab"')
    .replaceAll('gon.pat_prefix="glpat-"', 'gon.pat_prefix="acme-pat-"')
    .replaceAll("/acme/payments/api/-/", "/gitlab/acme/payments/api/-/");
  const { tab, popup, id } = await markedTab(`${HOST}/gitlab${TOKENS}`, html);
  assert.match(await popup.locator("header").innerText(), /acme\/payments\/api/);
  assert.equal(await popup.locator(".tokens tbody tr").count(), rows.length);
  await eventually(async () => (await badge(id)) === String(await popup.locator(".finding").count()), "the badge is the popup's count");
  await eventually(async () => (await inRows(tab).count()) > 1, "rows are marked");
  hidesBody(await everything(popup), token.replace("acme-pat-", "glpat-"), "the popup");
  assert.match(await popup.locator(".tokens").innerText(), /see …\(20\)/);
  await turnOff(popup);
  await popup.close();
  await tab.close();
});

test("capture and marks of 500 rows are no long tasks", async () => {
  const tab = await openTab(`${HOST}/acme/many/-/settings/access_tokens`, tokenPage(manyRows(500)).html);
  await tab.evaluate(() => (globalThis.chrome = { ...globalThis.chrome, i18n: { getMessage: (name, parts) => `${name} ${parts.join(" ")}` } }));
  await tab.evaluate(MARKS);
  const items = manyRows(500).map(({ name, id }, row) => ({ row, name, id, severity: "high", titles: ["A token can do more than it needs"] }));
  // The main thread's own time: that other programs keep the machine busy is no cost of ours.
  const session = await browser.context.newCDPSession(tab);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
  };
  const cost = async (work, argument) => {
    const start = await spent();
    await tab.evaluate(work, argument);
    return (await spent()) - start;
  };
  await tab.evaluate((items) => void (globalThis.items = items), items);
  const rounds = [];
  for (let round = 0; round < 10; round++) {
    await tab.evaluate(() => globalThis.leastwiseMarks.show([]));
    const capture = await cost(CONTENT.replace(/html: out \}/, "html: out.length }"));
    const marks = await cost(() => {
      globalThis.leastwiseMarks.show(globalThis.items);
      // With the layout that the marks make the browser do.
      document.body.getBoundingClientRect();
    });
    rounds.push({ capture, marks, both: capture + marks });
  }
  const [best] = rounds.sort((one, other) => one.both - other.both);
  // They are two tasks, with the analysis in the background between them. The aim is 50 ms for both together, and the best of the
  // rounds keeps it on a machine that does nothing else (docs/performance.md). A busy one takes up to three times as long: the bound
  // is for what would be wrong on any.
  for (const task of [best.capture, best.marks]) assert.ok(task > 1, JSON.stringify(rounds));
  assert.ok(best.both < 150, JSON.stringify(rounds));
  // The rows that can be seen are marked, the others when they come near.
  const unmarked = () =>
    tab.evaluate(() => {
      const seen = [...document.querySelectorAll("tbody tr")].filter((row) => row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < innerHeight);
      return seen.length > 5 ? seen.filter((row) => !row.querySelector("leastwise-mark")).length : "too few rows";
    });
  assert.equal(await unmarked(), 0);
  await tab.evaluate(() => document.querySelectorAll("tr")[400].scrollIntoView());
  await eventually(async () => (await unmarked()) === 0, "rows that come near are marked");
  console.log(`500 rows: capture ${Math.round(best.capture)} ms, marks ${Math.round(best.marks)} ms`);
  await tab.close();
});
