// Starts the popup: asks the background for the analysis of a tab, and hands it to the wasm module to be shown.
import { showAccess, showRow } from "./ladder.js";
import { load } from "./popup/load.js";
import { start_popup } from "./popup/leastwise.js";
import { opened } from "./sent.js";

// The tab below the popup. `popup.html?tab=ID` names another one: that is how the popup is opened in a tab of its own.
const named = Number(new URLSearchParams(document.location.search).get("tab"));

const shownTab = named ? Promise.resolve(named) : chrome.tabs.query({ active: true, currentWindow: true }).then(([tab]) => tab?.id);

async function ask() {
  const tab = await shownTab;
  const said = opened(await chrome.runtime.sendMessage({ ask: "analysis", tab }));
  await showAccess(tab, said, Boolean(named));
  return said;
}

/** The page's open forms as they are now. */
async function askForms() {
  return opened(await chrome.runtime.sendMessage({ ask: "forms", tab: await shownTab }));
}

/** What needs no page: may the job token make a call, which token for which use. */
const askHelp = (question) => chrome.runtime.sendMessage({ ask: "help", question });

// The question is asked while the module loads.
let first = ask();
first.catch(() => {}); // Whoever takes it sees the error.

try {
  await load();
  showRow(document.getElementById("app"));
  start_popup(
    document.getElementById("app"),
    () => {
      const now = first ?? ask();
      first = undefined;
      return now;
    },
    askForms,
    askHelp,
  );
} catch (error) {
  document.getElementById("status").textContent =
    "Leastwise could not start in this browser: it needs WebAssembly with SIMD (Chromium 121, Firefox 140 or newer). " + error;
}
