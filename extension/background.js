// Answers the popup: captures the tab's page (content.js, only after a click on the extension's button gave access to this
// one tab), lets the wasm module read and judge it, and sends the report back. Keeps nothing.
import { load } from "./load.js";
import { analyze } from "./leastwise.js";

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  const ours = sender.id === chrome.runtime.id && sender.url?.startsWith(chrome.runtime.getURL(""));
  if (!ours || message?.ask !== "analysis") return false;
  answer(message.tab).then(respond, (error) => respond(refused("broken", error)));
  return true; // The answer comes later.
});

async function answer(tab) {
  if (!Number.isInteger(tab)) return refused("no_tab");
  let captured;
  try {
    const target = { tabId: tab };
    [captured] = await chrome.scripting.executeScript({ target, files: ["content.js"], injectImmediately: true });
  } catch (error) {
    return refused(reason(String(error?.message ?? error)), error);
  }
  const page = captured?.result;
  if (!page) return refused("capture", captured?.error);
  if (page.refused) return refused(page.refused);
  await load();
  const today = new Date().toISOString().slice(0, 10);
  return analyze(page.name, page.html, JSON.stringify({ today, kind: "settings-page", host: page.host }));
}

function refused(why, error) {
  if (error) console.warn("leastwise:", String(error?.message ?? error));
  return JSON.stringify({ refused: why });
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
