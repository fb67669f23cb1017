// The extension in a real Chromium, on GitLab's pages under GitLab's policy.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium, withExtension } from "./browser.mjs";
import { GITLAB_CSP, HOST, ROWS, TOKENS, addressOf, fakeToken, manyRows, sharedPages, tokenPage } from "./fixtures.mjs";
import { EXTENSION, accessible, analysis, everything, hidesBody, leastwise, record, sink, today } from "./harness.mjs";

const CONTENT = readFileSync(join(EXTENSION, "content.js"), "utf8");
let browser, cdp, drain, foreign, folder;
// GitLab's pages come from memory: nothing needs a name to be resolved.
const pages = new Map();
const serve = (context) =>
  context.route(/^https:/, (route) => {
    const body = pages.get(route.request().url());
    const headers = { "content-security-policy": GITLAB_CSP };
    return body === undefined ? route.abort() : route.fulfill({ body, headers, contentType: "text/html; charset=utf-8" });
  });

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "leastwise-captures-"));
  drain = await sink();
  browser = await withExtension(EXTENSION, drain.flags);
  const { context, id } = browser;
  foreign = record(context, [`chrome-extension://${id}/`, `${HOST}/`, "https://lookalike.example.com/", "about:", "data:"]);
  await serve(context);
  cdp = await context.browser().newBrowserCDPSession();
});

after(async () => {
  await browser?.close();
  drain?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a page as a tab. */
async function openTab(url, html, context = browser.context) {
  pages.set(url, html);
  const tab = await context.newPage();
  await tab.goto(url);
  return tab;
}

/** Clicks the extension's button on a tab: that, and nothing else, gives access to the page. */
async function click(url) {
  const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{ type: "tab" }] });
  const target = targetInfos.findLast((target) => target.url === url);
  await cdp.send("Extensions.triggerAction", { id: browser.id, targetId: target.targetId });
}

async function tabId(url) {
  const tabs = await browser.worker.evaluate(() => chrome.tabs.query({}));
  // Only tabs with access show their address.
  return tabs.findLast((tab) => tab.url === url)?.id;
}

/** The popup of a tab, opened as a page so that it can be looked at. */
async function openPopup(id) {
  const popup = await browser.context.newPage();
  await popup.setViewportSize({ width: 420, height: 600 });
  await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=${id}`);
  return popup;
}

async function clickAndOpen(url, html) {
  const tab = await openTab(url, html);
  await click(url);
  const popup = await openPopup(await tabId(url));
  return { tab, popup };
}

/** Measures until one round stays below the bound, in ms: the machine may be busy with other things for a while. */
async function rounds(bound, measure) {
  const times = [];
  do {
    times.push(Math.round(await measure()));
    if (times.length === 40 && times.at(-1) >= bound) assert.fail(`never below ${bound} ms: ${times}`);
  } while (times.at(-1) >= bound);
  return times;
}

const capture = (tab) => tab.evaluate(CONTENT);

test("a click on a token page shows what is wrong and what to do", async () => {
  const { html, secrets } = tokenPage(ROWS);
  const { tab, popup } = await clickAndOpen(HOST + TOKENS, html);
  await popup.locator(".verdict").waitFor();
  assert.match(await popup.locator(".verdict .words").innerText(), /^\d+ findings: .*\.$/);
  assert.match(await popup.locator("header").innerText(), /acme\/payments\/api/);
  // The first finding is open: why, what to do, a command.
  const first = popup.locator(".finding").first();
  assert.ok((await first.locator(".message").innerText()).length > 40);
  assert.ok((await first.locator(".steps > li").count()) > 0);
  assert.ok((await popup.locator(".tokens tbody tr").count()) === ROWS.length);
  // Names stand as text, isolated and tamed.
  assert.equal(await popup.locator("script:not([src='popup.js'])").count() + (await popup.locator("img").count()), 0);
  const shown = await everything(popup);
  assert.ok(shown.includes("<script>alert(1)</script>"), "the name is shown as it is");
  assert.ok(!shown.includes("\u202e"), "a direction mark does not act");
  for (const planted of secrets) assert.ok(!shown.includes(planted), planted);
  // No sideways scrolling at the popup's width.
  assert.ok(await popup.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await accessible(popup, "popup");
  await popup.close();
  await tab.close();
});

test("the popup can be used with the keyboard alone", async () => {
  const { html } = tokenPage(ROWS);
  const { tab, popup } = await clickAndOpen(HOST + TOKENS, html);
  await popup.locator(".verdict").waitFor();
  const all = await popup.locator(".finding").count();
  assert.ok(all > 2);
  await popup.keyboard.press("/");
  await popup.keyboard.type("deploy-prod");
  const found = await popup.locator(".finding").count();
  assert.ok(found > 0 && found < all, `${found} of ${all}`);
  assert.equal(await popup.locator(".tokens tbody tr").count(), 1);
  await popup.keyboard.press("Escape");
  assert.equal(await popup.locator(".finding").count(), all);
  const fold = (index) => popup.locator("button.fold").nth(index);
  await fold(0).focus();
  await popup.keyboard.press("ArrowDown");
  assert.ok(await fold(1).evaluate((element) => element === document.activeElement));
  await popup.keyboard.press("Enter");
  assert.equal(await fold(1).getAttribute("aria-expanded"), "true");
  assert.ok(await popup.locator(".finding").nth(1).locator(".steps").isVisible());
  await popup.keyboard.press("End");
  assert.ok(await fold(all - 1).evaluate((element) => element === document.activeElement));
  // Every control can be reached, is named, and shows its focus.
  await popup.locator("header button").focus();
  const seen = new Set();
  for (let step = 0; step < 60; step++) {
    await popup.keyboard.press("Tab");
    seen.add(
      await popup.evaluate(() => {
        const element = document.activeElement;
        const style = getComputedStyle(element);
        if (element !== document.body && (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)) return `no focus ring: ${element.outerHTML}`;
        return element.tagName;
      }),
    );
  }
  assert.deepEqual([...seen].filter((entry) => entry.startsWith("no focus")), []);
  assert.ok(seen.has("INPUT") && seen.has("BUTTON"), [...seen].join(" "));
  await popup.close();
  await tab.close();
});

test("a severity can be hidden, a token leads to its findings, a command is copied", async () => {
  const { html } = tokenPage(ROWS);
  const { tab, popup } = await clickAndOpen(HOST + TOKENS, html);
  await popup.locator(".verdict").waitFor();
  const all = await popup.locator(".finding").count();
  const high = popup.locator(".toggle").first();
  await high.click();
  assert.equal(await high.getAttribute("aria-pressed"), "false");
  assert.ok((await popup.locator(".finding").count()) < all);
  await popup.getByRole("button", { name: "Show everything" }).click();
  assert.equal(await popup.locator(".finding").count(), all);
  await popup.locator(".tokens tbody button.link").first().click();
  assert.equal(await popup.locator("#search").inputValue(), "501");
  const subjects = await popup.locator(".finding .about").allInnerTexts();
  assert.ok(subjects.length > 0 && subjects.every((text) => text.includes("501")), subjects.join());
  await popup.getByRole("button", { name: "Show everything" }).click();
  await browser.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const commands = popup.locator(".command");
  if ((await commands.count()) === 0) for (const button of await popup.locator("button.fold[aria-expanded=false]").all()) await button.click();
  const command = commands.first();
  await command.getByRole("button").click();
  await command.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await popup.evaluate(() => navigator.clipboard.readText()), await command.locator("pre").innerText());
  await popup.close();
  await tab.close();
});

test("Look again reads the page anew", async () => {
  const { html } = tokenPage(ROWS);
  const { tab, popup } = await clickAndOpen(HOST + TOKENS, html);
  await popup.locator(".tokens tbody tr").first().waitFor();
  await tab.evaluate(() => document.querySelector("tbody tr").remove());
  await popup.getByRole("button", { name: "Look again" }).click();
  await popup.waitForFunction((rows) => document.querySelectorAll(".tokens tbody tr").length === rows, ROWS.length - 1);
  await popup.close();
  await tab.close();
});

test("without a click there is no access, and the popup says so", async () => {
  const url = `${HOST}/other/project/-/settings/access_tokens`;
  const tab = await openTab(url, tokenPage(ROWS).html);
  await tab.bringToFront();
  const tabs = await browser.worker.evaluate(() => chrome.tabs.query({ active: true }));
  const popup = await openPopup(tabs.at(-1).id);
  await popup.locator(".explained").waitFor();
  assert.match(await popup.locator(".explained").innerText(), /has no access to this page/);
  await accessible(popup, "popup-no-access");
  await popup.close();
  await tab.close();
});

test("a page that cannot be read is explained", async () => {
  const store = await browser.context.newPage();
  await store.goto("chrome://version/");
  const tabs = await browser.worker.evaluate(() => chrome.tabs.query({ active: true }));
  const popup = await openPopup(tabs.at(-1).id);
  await popup.locator(".explained").waitFor();
  assert.match(await popup.locator(".explained").innerText(), /one of the browser's own pages/);
  await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=987654321`);
  await popup.locator(".explained").waitFor();
  assert.match(await popup.locator(".explained").innerText(), /The tab is gone/);
  await popup.close();
  await store.close();
});

test("pages without tokens get an answer, not an empty list", async () => {
  const cases = [
    ["https://lookalike.example.com/", "<!DOCTYPE html><title>x</title><body data-page='projects:settings:access_tokens:index'><table><tr><td>GitLab</td></tr></table>", /This page is not GitLab/],
    [`${HOST}/acme/payments/api`, tokenPage([]).html.replace("projects:settings:access_tokens:index", "projects:show"), /No tokens on this page/],
  ];
  for (const [url, html, words] of cases) {
    const { tab, popup } = await clickAndOpen(url, html);
    await popup.locator(".explained").waitFor();
    assert.match(await popup.locator(".explained").innerText(), words);
    await popup.close();
    await tab.close();
  }
});

test("a layout that is not known is never a clean result", async () => {
  const url = `${HOST}/acme/new/-/settings/access_tokens`;
  const html = tokenPage(ROWS).html.replaceAll("aria-colindex", "data-was-colindex").replace('aria-colcount="9"', 'aria-colcount="14"');
  const { tab, popup } = await clickAndOpen(url, html);
  await popup.locator(".verdict, .explained").first().waitFor();
  const text = await popup.locator("main").innerText();
  assert.match(text, /could not be read|not recognised|layout/);
  await popup.close();
  await tab.close();
});

test("200 tokens are shown within a second", async () => {
  const { html } = tokenPage(manyRows(200));
  const { tab, popup } = await clickAndOpen(HOST + TOKENS, html);
  const times = await rounds(1000, async () => {
    await popup.reload();
    await popup.locator(".verdict").waitFor();
    return popup.evaluate(() => performance.now());
  });
  console.log(`200 tokens: ${times} ms from opening to the verdict`);
  assert.equal(await popup.locator(".tokens tbody tr").count(), 100, "a long list comes in parts");
  await popup.close();
  await tab.close();
});

/** As many CI/CD variables as rows of tokens, in GitLab's markup. */
function manyVariables(count) {
  const copy = (what) => `<button title="Copy ${what}" data-clipboard-text="planted-${what}" type="button" class="btn gl-button btn-icon"><svg data-testid="copy-to-clipboard-icon" role="img" class="gl-icon s16"><use href="/assets/icons.svg#copy-to-clipboard"></use></svg></button>`;
  const rows = Array.from({ length: count }, (_, index) => `<tr role="row" class="js-ci-variable-row"><td aria-colindex="1" data-label="Key" role="cell"><div><div data-testid="ci-variable-table-row-variable"><div><span id="ci-variable-key-gid://gitlab/Ci::ProjectVariable/${index}">bot-${index}</span>${copy("key")}</div><div data-testid="ci-variable-table-row-attributes"><span class="gl-badge"><span class="gl-badge-content"> Protected </span></span><span class="gl-badge"><span class="gl-badge-content"> Masked </span></span></div></div></div></td>
<td aria-colindex="2" data-label="Value" role="cell"><div><div><span data-testid="revealedValue">planted</span>${copy("value")}</div></div></td>
<td aria-colindex="3" data-label="Environments" role="cell"><div><div><span id="ci-variable-env-gid://gitlab/Ci::ProjectVariable/${index}">production</span>${copy("environment")}</div></div></td>
<td aria-colindex="4" data-label="Actions" role="cell"><div><button title="Edit">Edit</button><button title="Delete">Delete</button></div></td></tr>`);
  const table = `<section id="js-cicd-variables-settings"><div data-testid="ci-variable-table"><table role="table" aria-colcount="4" class="table gl-table"><tbody>${rows.join("\n")}</tbody></table></div></section>`;
  return tokenPage([]).html.replace("projects:settings:access_tokens:index", "projects:settings:ci_cd:show").replace("</main>", `${table}</main>`);
}

test("500 rows are captured in 50 ms", async () => {
  const cases = { tokens: tokenPage(manyRows(500)).html, variables: manyVariables(500) };
  for (const [what, html] of Object.entries(cases)) {
    const tab = await openTab(`${HOST}/acme/many/-/settings/${what}`, html);
    // 38 ms on an idle machine with two cores.
    const times = await rounds(50, () =>
      tab.evaluate((source) => {
        const start = performance.now();
        const result = (0, eval)(source);
        if (!result.html.includes("bot-499") || result.html.includes("planted")) throw new Error("not captured, or too much");
        return performance.now() - start;
      }, CONTENT),
    );
    console.log(`500 ${what} captured: ${times} ms`);
    await tab.close();
  }
});

test("the capture holds none of the document's secrets and changes nothing", async () => {
  const { html, secrets } = tokenPage([...ROWS, { name: `token ${fakeToken()}`, scopes: "api", id: 506 }]);
  const tab = await openTab(HOST + TOKENS, html);
  // What a person typed is a property, not an attribute.
  await tab.evaluate(() => {
    document.querySelector("#feed_token").value = "typed-in-secret-0123456789";
  });
  const before = await tab.evaluate(() => document.documentElement.outerHTML);
  const { html: captured, name, host } = await capture(tab);
  assert.equal(await tab.evaluate(() => document.documentElement.outerHTML), before);
  assert.deepEqual([name, host], [`gitlab.example.com${TOKENS}`, "gitlab.example.com"]);
  for (const planted of [...secrets, "typed-in-secret"]) assert.ok(!captured.includes(planted), planted);
  assert.ok(captured.includes("deploy-prod") && captured.includes('data-testid="created-access-token-field"'));
  assert.ok(!/<input[^>]*value=/.test(captured) && !captured.includes("data-clipboard-text"));
  await tab.close();
});

test("a token in a token's name is masked in the popup", async () => {
  const token = fakeToken(7);
  const { html } = tokenPage([{ name: `see ${token}`, scopes: "api", id: 507 }]);
  const { tab, popup } = await clickAndOpen(HOST + TOKENS, html);
  await popup.locator(".verdict").waitFor();
  hidesBody(await everything(popup), token, "the popup");
  await popup.close();
  await tab.close();
});

/** Pages of which only the facts about the page are taken. */
const FRAME_ONLY = new Set(["not_gitlab", "other_gitlab_page"]);

/** An inventory without the name of its file. */
const unnamed = (inventory) => ({ ...inventory, input: "", blind_spots: inventory.blind_spots.map((spot) => ({ ...spot, input: "", line: null, column: null })) });

test("a captured page reads as the same page saved, and as the command reads it", async (context) => {
  const shared = sharedPages();
  const own = [{ name: "made-up.html", html: tokenPage(ROWS).html }];
  if (shared.length === 0) context.diagnostic("../shared/pages is absent: only the made-up page is compared");
  // These pages ask for their own style sheets and pictures: they are opened where nobody counts requests.
  const plain = await chromium(["--host-resolver-rules=MAP * ~NOTFOUND"]);
  context.after(() => plain.close());
  const uncounted = await plain.newContext();
  await serve(uncounted);
  for (const { name, html } of [...own, ...shared]) {
    const tab = await openTab(addressOf(html).split("#")[0], html, uncounted);
    const secrets = await tab.evaluate(() => {
      const found = [];
      const shown = [...document.querySelectorAll('[id^="ci-variable-key-"], [id^="ci-variable-env-"]')].map((element) => element.textContent);
      for (const element of document.querySelectorAll("*")) {
        for (const { name, value } of element.attributes) {
          // Names of variables and environments stand on the page, beside buttons that copy them.
          if (shown.includes(value)) continue;
          if (/clipboard|token|secret|password/.test(name) && name !== "data-testid") found.push(value);
        }
        if (element.matches('input:not([type=radio]):not([type=checkbox]):not([name="hook[name]"]):not([name="hook[url]"]), textarea')) found.push(element.value);
      }
      found.push(document.querySelector("meta[name=csrf-token]")?.content ?? "");
      // Words, names of fields, and the day in a form for a new token are no secrets.
      return found.filter((value) => value.length >= 8 && !/^[a-z_ -]+$|^\d{4}-\d\d-\d\d$/i.test(value));
    });
    const captured = await capture(tab);
    for (const secret of secrets) assert.ok(!captured.html.includes(secret), `${name}: ${secret}`);
    // A job's log is taken as it stands: what is in it has to be judged.
    if (name !== "job-log.html") assert.ok(!/FAKE|EXAMPLE-NOT|NOT-A-REAL/.test(captured.html), `${name}: a made-up secret was captured`);
    await tab.close();
    const files = [join(folder, name), join(folder, `captured-${name}`)];
    writeFileSync(files[0], html);
    writeFileSync(files[1], captured.html);
    const [saved, seen] = leastwise("inventory", "--format", "json", "--as", "settings-page", ...files).inventories;
    if (FRAME_ONLY.has(saved.page.kind)) {
      assert.ok(!/<main|<table/.test(captured.html), `${name}: content of a page that is not on the list`);
      for (const part of ["page", "viewer", "owner"]) assert.deepEqual(seen[part], saved[part], `${name}: ${part}`);
    } else {
      assert.deepEqual(unnamed(seen), unnamed(saved), name);
    }
  }
});

/** What a person or GitLab can bring onto a page that holds no secret as saved: run in the page, gives back what it planted. */
const PLANTS = {
  "project-cicd-settings.html": () => {
    const planted = [];
    const plant = (set) => {
      const secret = `planted-${planted.length}-Q7x9Zk2v${planted.length}Wm4`;
      planted.push(secret);
      set(secret);
    };
    // Reveal values: of variables, and of trigger tokens.
    for (const value of document.querySelectorAll('[data-testid="hiddenValue"]')) plant((secret) => ((value.textContent = secret), (value.dataset.testid = "revealedValue")));
    for (const button of document.querySelectorAll("[data-clipboard-text]")) if (/value|token/i.test(button.title)) plant((secret) => button.setAttribute("data-clipboard-text", secret));
    for (const cell of document.querySelectorAll("#js-pipeline-triggers td:first-child span")) if (cell.isConnected) plant((secret) => (cell.textContent = secret));
    plant((secret) => (document.querySelector("#token-value").value = secret));
    // As sent, before the scripts have taken it.
    const sent = document.createElement("div");
    plant((secret) => sent.setAttribute("data-registration-token", secret));
    plant((secret) => sent.setAttribute("data-triggers", JSON.stringify([{ token: secret }])));
    document.querySelector("#js-pipeline-triggers").append(sent);
    plant((secret) => (document.querySelector("#js-token-access a").href = `https://dana:${secret}@gitlab.example.com/acme/payments/api`));
    plant((secret) => (document.querySelector(".trigger-owner").href = `https://elsewhere.example.com/${secret}`));
    return planted;
  },
  "project-webhooks.html": () => {
    const [one, two] = [...document.querySelectorAll("ul.content-list > li p")].filter((line) => line.textContent.includes("://"));
    one.innerHTML = 'https://dana:planted-Q7x9Zk2v0@chat.example.net/hooks/planted9Q7x9Zk2v1?token=planted-Q7x9Zk2v2&amp;b <wbr>#planted-Q7x9Zk2v3<span class="gl-badge badge-danger">Disabled</span>';
    two.innerHTML = "https://hooks.sl<b>ack.com</b>/services/T0/planted";
    return ["planted", "Q7x9Zk2v"];
  },
  "project-webhook-edit.html": () => {
    const set = (name, value) => (document.querySelector(`[name="${name}"]`).value = value);
    set("hook[name]", "https://dana:planted-0@chat.example.net");
    set("hook[url]", "https://dana:planted-1@chat.example.net/hooks/planted9Q7x9Zk2v1?token=planted-2");
    set("hook[token]", "planted-3");
    set("hook[description]", "planted-4");
    return ["planted"];
  },
  "project-repository-settings.html": () => {
    const alert = document.createElement("div");
    alert.innerHTML = '<div id="new-deploy-token-alert"><p>planted-0</p><input id="deploy-token" value="planted-1"><code>planted-2</code></div>';
    alert.innerHTML += '<button class="js-deploy-token-revoke-button" data-token="planted-3"></button>';
    document.querySelector("#js-deploy-tokens").prepend(alert);
    return ["planted"];
  },
  "admin-credentials-personal-access-tokens.html": () => {
    document.querySelector("main a.js-user-link").href += "?private_token=planted-0#planted-1";
    document.querySelector("main .table-holder").insertAdjacentHTML("beforeend", '<input value="planted-2"><textarea>planted-3</textarea><script>planted-4</script>');
    return ["planted"];
  },
};

test("what can be made visible on a settings page stays on it", async (context) => {
  const shared = sharedPages().filter(({ name }) => name in PLANTS);
  if (shared.length === 0) return context.skip("../shared/pages is absent");
  assert.equal(shared.length, Object.keys(PLANTS).length);
  const plain = await chromium(["--host-resolver-rules=MAP * ~NOTFOUND"]);
  context.after(() => plain.close());
  const uncounted = await plain.newContext();
  await serve(uncounted);
  for (const { name, html } of shared) {
    const tab = await openTab(addressOf(html).split("#")[0], html, uncounted);
    const planted = await tab.evaluate(PLANTS[name]);
    const page = await tab.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll("input")].map((input) => input.value));
    const captured = await capture(tab);
    for (const secret of planted) {
      assert.ok(page.includes(secret), `${name}: ${secret} is not on the page`);
      assert.ok(!captured.html.includes(secret), `${name}: ${secret} at ${captured.html.slice(captured.html.indexOf(secret) - 200).slice(0, 400)}`);
    }
    // And it still reads: the address of a webhook without what lets in.
    const file = join(folder, `planted-${name}`);
    writeFileSync(file, captured.html);
    const [{ webhooks, webhook, variables, trigger_tokens }] = leastwise("inventory", "--format", "json", "--as", "settings-page", file).inventories;
    if (name === "project-webhooks.html") assert.deepEqual(webhooks.slice(0, 2).map((hook) => hook.url), ["https://chat.example.net/hooks/…?token=…&…", "https://hooks.slack.com/services/…/…"]);
    if (name === "project-webhook-edit.html") assert.deepEqual([webhook.url, webhook.name, webhook.secret_token_set], ["https://chat.example.net/hooks/…?token=…", "https://chat.example.net", true]);
    if (name === "project-cicd-settings.html") assert.ok(variables.length > 3 && trigger_tokens.some((trigger) => trigger.secret_in_document));
    await tab.close();
  }
});

test("the page of an application, which shows its secret, gives nothing but its frame; the list gives clean addresses", async () => {
  const { html } = tokenPage([]);
  const list = `<table class="table gl-table"><tbody><tr id="application_5"><td><a href="/admin/applications/5">bot</a></td><td>https://dana:planted@a.example/cb?code=planted<br>https://b.example/planted9Q7x9Zk2v</td><td>Yes</td><td>No</td></tr></tbody></table>`;
  const one = `<table class="table"><tbody><tr><td>Secret</td><td><code>planted</code><input value="planted"></td></tr></tbody></table>`;
  const url = `${HOST}/admin/applications`;
  const page = html.replace("projects:settings:access_tokens:index", "admin:applications:index").replace("</main>", `${list}${one}</main>`);
  const tab = await openTab(url, page);
  const captured = await capture(tab);
  assert.ok(captured.html.includes("https://a.example/cb?code=… https://b.example/…"), captured.html);
  assert.ok(!captured.html.includes("planted"), captured.html);
  await tab.close();
});

test("popup and command say the same about the same page", async () => {
  const { html } = tokenPage(ROWS);
  const { tab, popup } = await clickAndOpen(HOST + TOKENS, html);
  await popup.locator(".verdict").waitFor();
  const id = await tabId(HOST + TOKENS);
  const answer = analysis((await popup.evaluate((tab) => chrome.runtime.sendMessage({ ask: "analysis", tab }), id)).sent);
  const captured = await capture(tab);
  const file = join(folder, "same.html");
  writeFileSync(file, captured.html);
  const report = leastwise("check", "--format", "json", "--fail-on", "none", "--as", "settings-page", "--host", captured.host, "--today", today(), file);
  const plain = (finding) => ({ ...finding, input: "", excerpt: undefined, subject: { ...finding.subject, row: undefined } });
  const compared = (list) => JSON.parse(JSON.stringify(list.map(plain)));
  assert.deepEqual(compared(answer.report.findings), compared(report.findings));
  assert.deepEqual(answer.report.summary, report.summary);
  await popup.close();
  await tab.close();
});

test("nothing was asked for but the extension's own files and the pages themselves", async () => {
  assert.deepEqual(foreign, []);
  // The browser itself looks ahead to the hosts of the pages that are open.
  const pagesOwn = ["gitlab.example.com", "lookalike.example.com"];
  assert.deepEqual(drain.hosts.filter((host) => !pagesOwn.includes(host)), []);
});

test("the recorder sees a leak", async () => {
  const popup = await browser.context.newPage();
  await popup.goto(`chrome-extension://${browser.id}/popup.html?tab=1`);
  await popup.locator(".explained").waitFor();
  await popup.evaluate(() => void fetch("https://leak.example.com/by-fetch").catch(() => {}));
  await popup.evaluate(() => void window.open("https://leak.example.com/by-window"));
  await popup.evaluate(() => void (document.location = "https://leak.example.com/by-location"));
  await popup.waitForTimeout(500);
  assert.ok(foreign.some((entry) => entry.includes("by-fetch")), foreign.join("\n"));
  assert.ok(foreign.some((entry) => entry.includes("by-window")), foreign.join("\n"));
  assert.ok(foreign.some((entry) => entry.includes("by-location")), foreign.join("\n"));
});
