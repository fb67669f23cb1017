// Which hosts the user opened for good. The browser keeps all of it: the permission for the host, and a registered content
// script whose files say whether rows are marked. Leastwise itself stores nothing.

/** Only Chromium's match patterns know ports. */
const KNOWS_PORTS = !chrome.runtime.getURL("").startsWith("moz-");

/** The host of a tab's address and the pattern to ask for, `undefined` where no host can be opened. */
export function site(url) {
  let address;
  try {
    address = new URL(url);
  } catch {
    return undefined;
  }
  const { protocol, hostname, port } = address;
  if (!/^https?:$/.test(protocol) || !hostname) return undefined;
  const name = port && KNOWS_PORTS ? `${hostname}:${port}` : hostname;
  return { name, pattern: `${protocol}//${name}/*`, everyPort: !KNOWS_PORTS };
}

// Every change of the registrations waits for the one before.
let queue = Promise.resolve();
function inTurn(task) {
  const result = queue.then(task);
  queue = result.catch(() => {});
  return result;
}

const files = (marks) => (marks ? ["marks.js", "watch.js"] : ["watch.js"]);
const registered = (pattern) => chrome.scripting.getRegisteredContentScripts(pattern && { ids: [pattern] });
const granted = (pattern) => chrome.permissions.contains({ origins: [pattern] });

/** Is a host open for good, and are its rows marked? */
export async function state(pattern) {
  const [script] = await registered(pattern);
  const always = script !== undefined && (await granted(pattern));
  return { always, marks: always && script.js.some((file) => file.endsWith("marks.js")) };
}

async function register(pattern, marks) {
  const script = { id: pattern, matches: [pattern], js: files(marks), runAt: "document_idle" };
  if ((await registered(pattern)).length) await chrome.scripting.updateContentScripts([script]);
  else await chrome.scripting.registerContentScripts([script]);
  // Pages that are open already.
  for (const { id } of await chrome.tabs.query({ url: pattern })) {
    await chrome.scripting.executeScript({ target: { tabId: id }, files: files(marks) }).catch(() => {});
  }
}

async function unregister(pattern) {
  if ((await registered(pattern)).length) await chrome.scripting.unregisterContentScripts({ ids: [pattern] });
  // Content scripts that run already ask whether they still may: no access to a tab is needed to call it.
  for (const { id } of await chrome.tabs.query({})) await chrome.tabs.sendMessage(id, { tell: "access" }).catch(() => {});
}

/** Begins to watch a host whose permission was given; changes whether its rows are marked. */
export const turnOn = (pattern, marks) =>
  inTurn(async () => {
    if (await granted(pattern)) await register(pattern, marks);
  });

/** Gives a host up: the browser forgets the permission, open pages are left alone. */
export const turnOff = (pattern) =>
  inTurn(async () => {
    await chrome.permissions.remove({ origins: [pattern] }).catch(() => {});
    await unregister(pattern);
  });

/**
 * Makes the watched hosts those that the browser gives access to, one by one: they can be given and taken in the browser's
 * own settings too, and an update of the extension forgets the scripts. A permission for all hosts watches none.
 */
export const follow = () =>
  inTurn(async () => {
    const { origins = [] } = await chrome.permissions.getAll();
    const known = new Set((await registered()).map((script) => script.id));
    for (const pattern of known) if (!(await granted(pattern))) await unregister(pattern);
    for (const pattern of origins) if (/^https?:\/\/[^*/]+\/\*$/.test(pattern) && !known.has(pattern)) await register(pattern, false);
  });
