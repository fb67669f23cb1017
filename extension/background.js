// Answers the popup: captures the tab's page (content.js, only after a click on the extension's button gave access to this
// one tab, or on a host that the user opened for good), lets the wasm module read and judge it, and sends the report back.
// On an open host it answers the page's own watch.js too, and shows the count on the button. Keeps nothing.
import { follow, site, state, turnOff, turnOn } from "./access.js";
import { load } from "./load.js";
import { analyze } from "./leastwise.js";
import { count, opened, subject } from "./sent.js";
import { load as loadWhole } from "./whole/load.js";
import { analyze as analyzeWhole, help } from "./whole/leastwise.js";

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  if (sender.id !== chrome.runtime.id) return false;
  const task = sender.url?.startsWith(chrome.runtime.getURL("")) ? asked(message) : told(message, sender);
  if (!task) return false;
  task.then(respond, (error) => respond(refused("broken", error)));
  return true; // The answer comes later.
});

// A permission can be given and taken in the browser's own settings, and a popup may be gone before its question is answered.
for (const event of [chrome.permissions.onAdded, chrome.permissions.onRemoved, chrome.runtime.onInstalled, chrome.runtime.onStartup]) {
  event.addListener(() => void follow());
}

/** What our own popup asks. */
function asked({ ask, tab, pattern, marks, target, question }) {
  if (ask === "analysis") return answer(tab).then((said) => counted(tab, said));
  if (ask === "forms") return answer(tab, true);
  if (ask === "help") return loadWhole().then(() => help(question));
  if (ask === "on") return turnOn(pattern, marks).then(() => state(pattern));
  if (ask === "off") return turnOff(pattern).then(() => state(pattern));
  if (ask === "point") return point(tab, target);
  return undefined;
}

/** What a page of an open host tells: `{off}` when it is open no more, else whether it is read, and the rows to mark. */
function told({ tell }, { tab, url, frameId }) {
  if (tell !== "changed" || !tab || frameId !== 0) return undefined;
  return (async () => {
    const { always, marks } = await state(site(url)?.pattern ?? "");
    if (!always) {
      await badge(tab.id, "");
      return { off: true };
    }
    const said = read(opened(await answer(tab.id)));
    await badge(tab.id, said ? String(count(said)) : "");
    return { read: said !== undefined, marks: marks && said ? rows(said) : [] };
  })();
}

/** What was said of a page of GitLab's that could be read. */
function read(said) {
  const { inputs, inventories } = said;
  if (!inputs || inventories.some((listing) => listing.page === "not_gitlab")) return undefined;
  return count(said) || inputs.some((input) => input.status !== "unreadable") ? said : undefined;
}

/** The number on the button is that of the popup; only where the user opened the host. */
async function counted(tab, said) {
  const { url } = Number.isInteger(tab) ? await chrome.tabs.get(tab).catch(() => ({})) : {};
  const place = url && site(url);
  if (place && (await state(place.pattern)).always) {
    const page = read(opened(said));
    await badge(tab, page ? String(count(page)) : "");
  }
  return said;
}

async function badge(tabId, text) {
  try {
    await chrome.action.setBadgeBackgroundColor({ tabId, color: "#3a383d" });
    await chrome.action.setBadgeText({ tabId, text });
  } catch {
    // The tab is gone.
  }
}

/** What to mark: each row once, with the titles of its findings, the worst first. */
function rows(said) {
  const all = new Map();
  for (const [index, severity] of said.findings.severity.entries()) {
    const { kind, row, name, id } = subject(said, index) ?? {};
    if (!Number.isInteger(row)) continue;
    const key = JSON.stringify([kind, row, name, id]);
    const item = all.get(key) ?? { kind, row, name, id, severity, titles: [] };
    item.titles.push(said.texts[said.findings.title[index]]);
    all.set(key, item);
  }
  return [...all.values()];
}

/** Shows a finding's row in the page. */
async function point(tabId, target) {
  try {
    await chrome.scripting.executeScript({ target: { tabId }, files: ["marks.js"] });
    const [{ result }] = await chrome.scripting.executeScript({
      target: { tabId },
      func: (wanted) => globalThis.leastwiseMarks.point(wanted),
      args: [target],
    });
    return result === true;
  } catch {
    return false;
  }
}

/** The capture of each tab that is under way. */
const captures = new Map();

/**
 * Does `work` when no other capture of the tab is under way. What a capture is to take is told to the page before it runs: another one
 * in between would take that for its own.
 */
function inTurn(tab, work) {
  const turn = (captures.get(tab) ?? Promise.resolve()).then(work);
  const ended = turn.then(() => {}, () => {}).then(() => {
    if (captures.get(tab) === ended) captures.delete(tab);
  });
  captures.set(tab, ended);
  return turn;
}

/** Reads and judges a tab's page; of its open forms alone nothing but what is chosen in them. */
async function answer(tab, formsOnly = false) {
  if (!Number.isInteger(tab)) return refused("no_tab");
  let captured;
  try {
    captured = await inTurn(tab, async () => {
      const target = { tabId: tab };
      if (formsOnly) await chrome.scripting.executeScript({ target, func: () => void (globalThis.leastwiseForms = true), injectImmediately: true });
      const [first] = await chrome.scripting.executeScript({ target, files: ["content.js"], injectImmediately: true });
      return first;
    });
  } catch (error) {
    return refused(reason(String(error?.message ?? error)), error);
  }
  const page = captured?.result;
  if (!page) return refused("capture", captured?.error);
  if (page.refused) return refused(page.refused);
  const today = new Date().toISOString().slice(0, 10);
  return judged(page.name, page.html, { today, kind: "settings-page", host: page.host });
}

/**
 * Reads and judges a page. The module that starts at once knows settings pages; the log on a job's page, and questions that need
 * no page, are for the whole one, which is twice the size and loaded when it is first wanted.
 */
async function judged(...page) {
  await load();
  const sent = analyze(...page);
  if (sent !== undefined) return { sent };
  await loadWhole();
  return { sent: analyzeWhole(...page) };
}

function refused(why, error) {
  if (error) console.warn("leastwise:", String(error?.message ?? error));
  return { refused: why };
}

// What browsers say when they refuse to let an extension look at a page, in the order of how exact it is.
const REASONS = [
  [/ExtensionsSettings policy|blocked by (your )?administrator|policy/i, "policy"],
  [/extensions gallery|webstore|addons\.mozilla/i, "store"],
  [/chrome:\/\/|chrome-extension:\/\/|edge:\/\/|about:|moz-extension:|view-source:|devtools:\/\/|chrome-search:/i, "browser_page"],
  [/file:/i, "file"],
  [/error page|showing an error/i, "error_page"],
  [/No tab with id|Invalid tab/i, "no_tab"],
  [/Cannot access contents|Missing host permission|must request permission|Cannot access/i, "no_access"],
];

function reason(message) {
  return REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? "capture";
}
