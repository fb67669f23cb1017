// Marks the rows that findings are about, and shows one of them on request. Each mark lives in a shadow tree of its own,
// takes no room, and is put back before the next frame when GitLab draws its table anew; nothing else is changed.
(() => {
  "use strict";
  if (globalThis.leastwiseMarks) return;

  const OWN = "leastwise-mark";
  // What a finding is about, and where the rows of that list stand in the page, all of them in the order in which the reader
  // counts them. Any other finding is about a row of a table or of the credentials inventory.
  const LISTS = {
    variable: "tr.js-ci-variable-row:not(.b-table-empty-row)",
    pipeline_trigger_token: "#js-pipeline-triggers tbody > tr",
    allowlist_entry: "tr:has([data-testid=token-access-name])",
    runner: "tr[data-testid^=runner-row-]",
    deploy_key: "[data-testid=project-deploy-keys-container] .deploy-key",
    webhook: "ul.content-list > li",
    application: "tr[id^=application_]",
  };
  const DIVS = ".table-holder .gl-responsive-table-row:not(.table-row-header)";
  const ROW = "tr, ul.content-list > li, .deploy-key, .gl-responsive-table-row";
  const SPECIAL = ".b-table-empty-row, .b-table-busy-slot, .b-table-details, .b-table-top-row, .b-table-bottom-row";
  const COLOURS = { critical: "#a32c12", high: "#a32c12", medium: "#894b16", low: "#2f5ca0", info: "#4d4b4e" };
  const STYLE = `
    :host { all: initial; font-family: inherit; }
    button { all: unset; box-sizing: border-box; cursor: pointer; font: bold 11px/14px system-ui, sans-serif; text-align: center; }
    button:focus-visible { outline: 2px solid #1f75cb; outline-offset: 2px; }
    .mark { position: absolute; top: 2px; left: -15px; width: 14px; height: 14px; border-radius: 50%; color: #fff; z-index: 1; }
    [popover] { margin: 0; max-width: 320px; padding: 8px 12px; border: 1px solid #89888d; border-radius: 4px; background: #fff; color: #18171d; font: 13px/1.5 system-ui, sans-serif; }
    ul { margin: 0; padding: 0 0 0 16px; }
    .bar { position: fixed; right: 16px; bottom: 16px; z-index: 1000; display: flex; gap: 12px; align-items: center; padding: 6px 12px; border-radius: 4px; background: #18171d; color: #fff; font: 13px/1.5 system-ui, sans-serif; }
    .bar button { padding: 2px 8px; border: 1px solid #89888d; border-radius: 4px; font: inherit; color: #fff; }`;
  const NEAR = 400; // Pixels above and below what is seen.
  const words = (name, ...parts) => chrome.i18n.getMessage(name, parts.map(String));

  let wanted = new Map(); // What stands at a row, by its key.
  let bar;
  let hidden = false; // Until the page is loaded anew.

  /** The rows of the lists that findings of this kind are about, each list from 0 as the reader counts. */
  function lists(kind) {
    const rows = (selector) => [...document.querySelectorAll(selector)];
    if (Object.hasOwn(LISTS, kind)) return [rows(LISTS[kind])];
    const tables = rows("table").map((table) => [...table.rows].filter((row) => row.parentNode.localName !== "thead" && row.parentNode.localName !== "tfoot" && row.querySelector("td") && !row.matches(SPECIAL)));
    return [...tables, rows(DIVS)];
  }

  const plain = (text) => text.replace(/\s+/g, " ").trim();

  /** Where a mark stands: in a table's first cell, else in the row itself. */
  const first = (row) => row.cells?.[0] ?? row;

  // What is known of a row: what tells it apart while its table is sorted or drawn anew (its first cell, and where its links
  // lead), and the parts of the paths of its links. Addresses as written, without the query: to resolve them costs more than
  // all else here.
  function known(list, name) {
    const seen = new Map();
    return list.map((row) => {
      let key = plain(first(row).textContent);
      const parts = new Set();
      for (const link of row.getElementsByTagName("a")) {
        const path = (link.getAttribute("href") ?? "").split(/[?#]/, 1)[0];
        key += `\n${path}`;
        for (const part of path.split("/")) parts.add(part);
      }
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return { row, parts, key: `${name}\n${count}\n${key}` };
    });
  }

  /**
   * The row of `{row, id, name}`: by GitLab's number in a link, else by place and name. The place alone is enough only
   * where nothing else is known: a name that is masked is not the page's.
   */
  function find({ row: place, id, name }, { rows, byPart }) {
    const at = rows.map((list) => list[place]).filter(Boolean);
    if (id != null) {
      const found = at.find(({ parts }) => parts.has(String(id))) ?? byPart.get(String(id));
      if (found) return found;
    }
    const called = name && at.find(({ row }) => plain(row.textContent).includes(plain(name)));
    const nameless = id == null && (!name || name.includes("…"));
    return called || (nameless && at.length === 1 ? at[0] : undefined);
  }

  /** The lists of a kind with what is known of their rows, and the first row with each part of a link. */
  function read(kind) {
    const rows = lists(kind).map((list, index) => known(list, `${kind} ${index}`));
    const byPart = new Map();
    for (const one of rows.flat()) for (const part of one.parts) if (!byPart.has(part)) byPart.set(part, one);
    return { rows, byPart };
  }

  /** What each kind reads, once. */
  function reading() {
    const all = new Map();
    return (kind) => {
      const group = Object.hasOwn(LISTS, kind) ? kind : "";
      if (!all.has(group)) all.set(group, read(group));
      return all.get(group);
    };
  }

  // One sheet for all marks.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

  function shadow(style) {
    const host = document.createElement(OWN);
    // By script, so that no policy of the page keeps it from being applied: without it a mark would take room.
    for (const [name, value] of style) host.style.setProperty(name, value, "important");
    const root = host.attachShadow({ mode: "closed" });
    try {
      root.adoptedStyleSheets = [sheet];
    } catch {
      // Firefox keeps content scripts from sharing a sheet.
      root.append(element("style", STYLE));
    }
    return [host, root];
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  const marked = new WeakMap(); // The item that a mark shows.

  // A float without size moves nothing, and scrolls with its cell. Where a cell lays out its parts itself, a mark must
  // stand outside of them.
  const FLOATS = [["float", "left"], ["width", "0"], ["height", "0"], ["position", "relative"]];
  const STANDS = [["position", "absolute"]];

  function mark(cell, item, style) {
    const [host, root] = shadow(style);
    const button = element("button", String(item.titles.length), "mark");
    button.type = "button";
    button.style.background = COLOURS[item.severity] ?? COLOURS.info;
    button.setAttribute("aria-label", words("mark", item.severity, item.titles.join("; ")));
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => explain(root, button, item));
    root.append(button);
    marked.set(host, item);
    cell.prepend(host);
  }

  /** Shows what a mark stands for, below it. */
  function explain(root, button, { titles }) {
    root.querySelector("[popover]")?.remove();
    const panel = element("div");
    panel.popover = "auto";
    panel.tabIndex = -1;
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", words("mark_title"));
    const list = element("ul");
    list.append(...titles.map((title) => element("li", title)));
    panel.append(list);
    root.append(panel);
    const { left, bottom } = button.getBoundingClientRect();
    panel.style.inset = `${bottom + 4}px auto auto ${Math.max(left, 4)}px`;
    panel.showPopover();
  }

  /**
   * Puts every mark where it belongs, and touches none that is there. Rows far from what is seen get theirs when they come
   * near: hundreds of shadow trees at once would cost what the page has for a frame.
   */
  function place() {
    const todo = [];
    let count = 0;
    const placed = new Map(); // The marks that are in the page, by row.
    for (const host of document.getElementsByTagName(OWN)) {
      const row = host === bar ? null : host.closest(ROW);
      if (row) placed.set(row, [...(placed.get(row) ?? []), host]);
    }
    // All is measured first, all is changed then: the browser lays the page out once.
    let style;
    for (const list of (current ??= groups())) {
      style = undefined;
      for (const { row, key } of list) {
        const item = wanted.get(key);
        const there = placed.get(row) ?? [];
        if (!item && !there.length) continue;
        placed.delete(row);
        if (item) count += 1;
        const kept = there.findIndex((host) => marked.get(host) === item && host.parentNode === first(row));
        if (kept >= 0) there.splice(kept, 1);
        const { top, bottom } = item && kept < 0 ? row.getBoundingClientRect() : {};
        const near = bottom > -NEAR && top < innerHeight + NEAR;
        if (near) style ??= /^(?:table-cell|block|list-item)$/.test(getComputedStyle(first(row)).display) ? FLOATS : STANDS;
        if (near || there.length) todo.push({ cell: first(row), item: near && item, there, style });
      }
    }
    for (const { cell, item, there, style } of todo) {
      for (const host of there) host.remove();
      if (item) mark(cell, item, style);
    }
    for (const hosts of placed.values()) for (const host of hosts) host.remove();
    summary(count);
    observer.takeRecords();
  }

  // The lists as they were when the page last changed.
  let current;
  const groups = () => (wanted.size ? [...kinds].flatMap((kind) => reader(kind).rows) : []);
  let kinds = new Set();
  let reader = reading();

  let moved;
  function scrolled() {
    moved ??= setTimeout(() => {
      moved = undefined;
      if (wanted.size) place();
    }, 100);
  }
  for (const name of ["scroll", "resize"]) addEventListener(name, scrolled, { capture: true, passive: true });

  function summary(count) {
    if (!count) {
      bar?.remove();
      bar = undefined;
      return;
    }
    const text = words(count === 1 ? "marks_one" : "marks_many", count);
    if (bar?.isConnected && bar.dataset.said === text) return;
    bar?.remove();
    const [host, root] = shadow([]);
    host.dataset.said = text;
    const line = element("div", undefined, "bar");
    line.setAttribute("role", "region");
    line.setAttribute("aria-label", "Leastwise");
    const button = element("button", words("marks_hide"));
    button.type = "button";
    button.addEventListener("click", () => {
      hidden = true;
      show([]);
    });
    line.append(element("span", text), button);
    root.append(line);
    document.body.append(host);
    bar = host;
  }

  // A callback of an observer runs before the next frame: no frame shows a table without its marks.
  const observer = new MutationObserver(() => {
    reader = reading();
    current = undefined;
    place();
  });

  /** Marks these rows and no others: `[{kind, row, id, name, severity, titles}]`. */
  function show(items) {
    observer.disconnect();
    reader = reading();
    const before = wanted;
    wanted = new Map();
    kinds = new Set();
    for (const item of hidden ? [] : items) {
      const found = find(item, reader(item.kind));
      if (!found) continue;
      kinds.add(Object.hasOwn(LISTS, item.kind) ? item.kind : "");
      // The same thing said again keeps its mark, with the focus that may be on it.
      const old = before.get(found.key);
      const same = old && old.severity === item.severity && old.titles.join("\n") === item.titles.join("\n");
      wanted.set(found.key, same ? old : item);
    }
    current = undefined;
    place();
    if (wanted.size) observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  }

  /** Scrolls to a row and outlines it for a while, without touching its attributes. Is it there? */
  function point(item) {
    const row = find(item, read(item.kind))?.row;
    if (!row) return false;
    row.scrollIntoView({ block: "center" });
    const outlined = { outline: "3px solid #1f75cb", outlineOffset: "-3px" };
    row.animate([outlined, outlined], { duration: 4000, id: "leastwise" });
    return true;
  }

  globalThis.leastwiseMarks = { show, point };
})();
