// The popup's line about access: what Leastwise may see now, and one button to change it. And the way from a finding to its
// row. The line is no part of the wasm application: the browser only asks for access straight from a click.
import { site, state } from "./access.js";
import { subject } from "./sent.js";

const words = (name, ...parts) => chrome.i18n.getMessage(name, parts);
const bar = document.getElementById("access");
let tab;
let shown;
let keep = [];

async function keepOpen() {
  await chrome.windows.create({ url: `popup.html?tab=${tab}`, type: "popup", width: 460, height: 720 });
  window.close();
}

/**
 * Shows the state of a tab's host; `said` is the background's answer about the page. `stays` is false in the popup of the
 * button, which closes with the next click on the page: beside an open form it offers a window that does not.
 */
export async function showAccess(id, said, stays) {
  tab = id;
  const { inventories = [] } = said;
  shown = said.findings && said;
  const { url } = Number.isInteger(id) ? await chrome.tabs.get(id).catch(() => ({})) : {};
  const place = url && site(url);
  bar.hidden = !place;
  if (!place) return;
  // A page that is not GitLab's is no reason to open its host.
  const foreign = inventories.some((listing) => listing.page === "not_gitlab");
  keep = stays || !said.about_to_create?.length ? [] : [button(words("keep_open"), keepOpen)];
  draw(place, await state(place.pattern), foreign, place.everyPort && new URL(url).port ? words("access_every_port", place.name) : "");
}

function draw(place, { always, marks }, foreign, said) {
  bar.setAttribute("aria-label", words("access"));
  const text = document.createElement("p");
  const note = document.createElement("p");
  note.className = "said note";
  note.setAttribute("role", "status");
  note.textContent = said;
  const again = (next, what) => draw(place, next, foreign, words(what, place.name));
  const failed = (error) => {
    const policy = /polic|administrator|managed/i.test(String(error?.message ?? error));
    note.textContent = words(policy ? "access_policy" : "access_failed", place.name);
  };
  const buttons = [];
  if (always) {
    text.textContent = words("access_always", place.name);
    const mark = (wanted) => () => change({ ask: "on", pattern: place.pattern, marks: wanted }).then((next) => draw(place, next, foreign, ""), failed);
    buttons.push(button(words(marks ? "marks_off" : "marks_on"), mark(!marks)));
    buttons.push(button(words("access_revoke"), () => change({ ask: "off", pattern: place.pattern }).then((next) => again(next, "access_taken"), failed)));
  } else {
    text.textContent = words("access_once");
    const grant = () =>
      chrome.permissions
        .request({ origins: [place.pattern] })
        .then(async (given) => {
          if (given) again(await change({ ask: "on", pattern: place.pattern, marks: false }), "access_given");
          else note.textContent = words("access_refused", place.name);
        })
        .catch(failed);
    if (!foreign) buttons.push(button(words("access_grant", place.name), grant));
  }
  const focused = bar.contains(document.activeElement);
  bar.replaceChildren(text, ...buttons, ...keep, note);
  if (focused) buttons.at(-1)?.focus();
}

const change = (message) => chrome.runtime.sendMessage(message);

function button(text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", action);
  return made;
}

/** A click on a finding shows its row in the page. */
export function showRow(app) {
  app.addEventListener("click", async (event) => {
    const index = /^finding-(\d+)$/.exec(event.target.closest("button.fold")?.getAttribute("aria-controls") ?? "")?.[1];
    const { kind, row, id, name } = (shown && subject(shown, index)) ?? {};
    if (!Number.isInteger(row)) return;
    const found = await chrome.runtime.sendMessage({ ask: "point", tab, target: { kind, row, id, name } });
    const note = bar.querySelector(".said");
    if (note) note.textContent = found ? "" : words("row_gone");
  });
}
