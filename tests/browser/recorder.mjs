// The leak recorder: notes everything by which a page could let something out or keep it. A walk through the product must leave
// it empty. leaks.test.mjs shows for each way out that the recorder sees it.
import { join } from "node:path";

/** What runs in each frame and popup before anything else: reports each door that is touched, and lets it be used. */
function watchDoors() {
  const tell = (what, detail) => {
    try {
      globalThis.leastwiseLeak(`${what} ${String(detail).slice(0, 2000)}`);
    } catch {
      // The frame is going away.
    }
  };
  const wrap = (owner, name, what = name) => {
    const old = owner?.[name];
    if (typeof old !== "function") return;
    owner[name] = function (...args) {
      tell(what, args.map((arg) => (typeof arg === "object" && arg ? JSON.stringify(arg) : String(arg))).join(" "));
      return new.target ? Reflect.construct(old, args, new.target) : Reflect.apply(old, this, args);
    };
    owner[name].prototype = old.prototype;
  };
  const guard = (owner, name, ways = ["get", "set"]) => {
    const old = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (!old?.get || !old.configurable) return;
    const changed = { ...old };
    for (const way of ways) {
      if (!old[way]) continue;
      changed[way] = function (...args) {
        tell(`${name}, ${way}`, args.join(" "));
        return Reflect.apply(old[way], this, args);
      };
    }
    Object.defineProperty(owner, name, changed);
  };
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebSocket", "WebTransport", "EventSource", "SharedWorker", "BroadcastChannel"]) wrap(globalThis, name);
  wrap(globalThis, "open", "window.open");
  wrap(globalThis.Navigator?.prototype, "sendBeacon");
  wrap(globalThis.HTMLFormElement?.prototype, "submit", "form");
  wrap(globalThis.HTMLFormElement?.prototype, "requestSubmit", "form");
  for (const name of ["pushState", "replaceState"]) wrap(globalThis.History?.prototype, name, "address");
  for (const name of ["setItem", "removeItem"]) wrap(globalThis.Storage?.prototype, name, "storage");
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) guard(globalThis, name, ["get"]);
  guard(globalThis.Document?.prototype, "cookie", ["set"]);
  wrap(globalThis.CookieStore?.prototype, "set", "cookieStore");
  for (const name of ["writeText", "write"]) wrap(globalThis.Clipboard?.prototype, name, "clipboard");
  for (const kind of ["copy", "cut"]) addEventListener(kind, () => tell("clipboard", getSelection()), true);
  addEventListener("hashchange", () => tell("address", "#"), true);
  addEventListener("submit", () => tell("form", ""), true);
  addEventListener("securitypolicyviolation", (event) => tell(`blocked by ${event.effectiveDirective}:`, `${event.blockedURI} ${event.sample}`), true);
}

/** The same in a worker, which has no binding to tell by: it says so in the console, which has to be silent. */
function watchWorker() {
  // A page, or the extension's background, which comes by the same way.
  if (!globalThis.DedicatedWorkerGlobalScope) return;
  const own = `${self.origin}/`;
  const tell = (what, detail) => console.error(`worker ${what} ${String(detail).slice(0, 2000)}`);
  const mine = (address) => String(address?.url ?? address).startsWith(own);
  const wrap = (name, of = (...args) => args.map(String).join(" ")) => {
    const old = globalThis[name];
    if (typeof old !== "function") return;
    globalThis[name] = function (...args) {
      if (!mine(args[0])) tell(name, of(...args));
      return new.target ? Reflect.construct(old, args, new.target) : Reflect.apply(old, this, args);
    };
    globalThis[name].prototype = old.prototype;
  };
  for (const name of ["fetch", "WebSocket", "WebTransport", "EventSource", "Worker", "BroadcastChannel", "importScripts"]) wrap(name);
  const open = globalThis.XMLHttpRequest?.prototype.open;
  if (open) XMLHttpRequest.prototype.open = function (...args) { tell("XMLHttpRequest", args[1]); return open.apply(this, args); };
  for (const [owner, name] of [[globalThis.IDBFactory, "open"], [globalThis.CacheStorage, "open"], [globalThis.StorageManager, "getDirectory"], [globalThis.BroadcastChannel, "postMessage"], [globalThis.CookieStore, "set"]]) {
    const old = owner?.prototype[name];
    if (old) owner.prototype[name] = function (...args) { tell(owner.name, args.map(String).join(" ")); return old.apply(this, args); };
  }
  addEventListener("securitypolicyviolation", (event) => tell(`blocked by ${event.effectiveDirective}:`, event.blockedURI));
}

/**
 * Puts [`watchWorker`] into each worker of a browser before its first statement. Chromium holds a worker back until it is told to go
 * on, and Playwright tells it at once, with no door for anybody to come in before: so this stands before the one call by which
 * Playwright sends. That is inside Playwright, whose version is pinned; builds whose worker leaks at once show that it works.
 */
function watchWorkersFromTheirStart(context) {
  const connection = context._connection.toImpl(context)._browser._connection;
  if (connection.watched) return;
  connection.watched = true;
  const send = connection._rawSend;
  connection._rawSend = function (sessionId, method, params) {
    if (method === "Runtime.runIfWaitingForDebugger") {
      this._sessions.get(sessionId)?._sendMayFail("Runtime.evaluate", { expression: `(${watchWorker})()` });
    }
    return send.call(this, sessionId, method, params);
  };
}

/**
 * Watches a Playwright context; `own(url)` says of an address that it is one of the product's own files. `entries` is everything that
 * was noted, `bad(secrets)` what may not have happened: all of it, but for text on the clipboard that holds no secret.
 */
export async function recorder(context, own) {
  const entries = [];
  const note = (entry) => entries.push(entry);
  watchWorkersFromTheirStart(context);
  await context.exposeBinding("leastwiseLeak", (_, what) => note(what));
  await context.addInitScript(watchDoors);
  context.on("request", (request) => {
    if (!own(request.url())) note(`request ${request.method()} ${request.url()} ${request.postData() ?? ""}`);
  });
  const watch = (page) => {
    page.on("websocket", (socket) => note(`request ${socket.url()}`));
    page.on("console", (message) => note(`console ${message.text()}`));
    page.on("pageerror", (error) => note(`console ${error.stack ?? error.message}`));
    page.on("framenavigated", (frame) => {
      if (!own(frame.url()) && frame.url() !== "about:blank") note(`address ${frame.url()}`);
    });
  };
  context.pages().forEach(watch);
  context.on("page", (page) => {
    watch(page);
    if (context.pages().length > 1 && page.opener) void page.opener().then((opener) => opener && note(`window.open ${page.url()}`)).catch(() => {});
  });
  const bad = (secrets) => entries.filter((entry) => !entry.startsWith("clipboard ") || holds(entry, secrets));
  return { entries, bad };
}

/** Does a text hold eight consecutive characters of the body of any of these credentials? */
export function holds(text, secrets) {
  return secrets.some((secret) => {
    const body = secret.replace(/^[a-z]+-/, "");
    for (let start = 0; start + 8 <= body.length; start++) if (text.includes(body.slice(start, start + 8))) return true;
    return false;
  });
}

/** The whole accessibility tree of a page and its frames, as text. */
export async function accessibilityTree(page) {
  const cdp = await page.context().newCDPSession(page);
  const { frameTree } = await cdp.send("Page.getFrameTree");
  const ids = [];
  const collect = ({ frame, childFrames }) => {
    ids.push(frame.id);
    childFrames?.forEach(collect);
  };
  collect(frameTree);
  const trees = [];
  for (const frameId of ids) trees.push(await cdp.send("Accessibility.getFullAXTree", { frameId }).catch(() => ({ nodes: [] })));
  await cdp.detach();
  return JSON.stringify(trees);
}

/**
 * Uses everything that can be used in a frame, whatever it is: buttons, folds, tabs, choices, fields, keys. Buttons that begin
 * anew are left for the end. What is downloaded goes to `folder`; gives back the files and how many things were used.
 */
export async function useEverything(page, app, folder) {
  const saved = [];
  const save = (download) => {
    const path = join(folder, `${saved.length}-${download.suggestedFilename()}`);
    saved.push(download.saveAs(path).then(() => path));
  };
  page.on("download", save);
  // In the page itself: a click by the test's own hand takes a hundred times as long.
  const used = await app.evaluate(async () => {
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const visible = (element) => element.isConnected && element.getClientRects().length > 0 && !element.disabled;
    const later = /clear everything|load sample|remove|choose files|cancel|turn off|always on|look again/i;
    const seen = new Map();
    let used = 0;
    // Each round finds what the last one made appear.
    for (let round = 0; round < 2; round++) {
      let fresh = 0;
      const controls = document.querySelectorAll("button, summary, [role=tab], input[type=checkbox], input[type=radio], a[download]");
      for (const control of [...controls].slice(0, 150)) {
        const name = `${control.textContent}|${control.getAttribute("aria-label") ?? ""}|${control.className}`.replace(/[0-9]+/g, "#").slice(0, 120);
        // The third of a kind shows nothing that the first two did not.
        if (!visible(control) || later.test(name) || (seen.get(name) ?? 0) >= 2 || used > 80) continue;
        seen.set(name, (seen.get(name) ?? 0) + 1);
        fresh++;
        used++;
        control.click();
        await wait(4);
      }
      for (const select of document.querySelectorAll("select")) {
        const first = select.value;
        for (const value of [...[...select.options].map((option) => option.value).slice(0, 4), first]) {
          if (!visible(select)) break;
          select.value = value;
          select.dispatchEvent(new Event("change", { bubbles: true }));
          used++;
          await wait(4);
        }
      }
      for (const field of document.querySelectorAll("input[type=search], input[type=text]")) {
        for (const text of ["glpat", ""]) {
          field.value = text;
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
          await wait(10);
        }
      }
      if (!fresh) break;
    }
    for (const key of ["/", "Escape", "ArrowDown", "ArrowUp", "n", "p", "?"]) {
      (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      await wait(4);
    }
    await wait(200);
    return used;
  });
  page.off("download", save);
  return { files: await Promise.all(saved), used };
}
