// Marks the rows that findings are about, and shows one of them on request. Each mark lives in a shadow tree of its own,
// takes no room, and is put back before the next frame when GitLab draws its table anew; nothing else is changed.
(() => {
  "use strict";
  if (globalThis.leastwiseMarks) return;

  const OWN = "leastwise-mark";
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

  /** The rows of every table as the reader counts them: from 0 in each table. */
  function tables() {
    return [...document.querySelectorAll("table")].map((table) =>
      [...table.rows].filter((row) => row.parentNode.localName !== "thead" && row.parentNode.localName !== "tfoot" && row.cells.length && row.querySelector("td") && !row.matches(SPECIAL)),
    );
  }

  // As written, without the query: to resolve an address costs more than all else here.
  const paths = (row) => Array.from(row.querySelectorAll("a[href]"), (link) => link.getAttribute("href").split(/[?#]/, 1)[0]);
  const plain = (text) => text.replace(/\s+/g, " ").trim();

  // What tells rows apart while a table is sorted or drawn anew: the first cell and where its links lead.
  function keyed(rows) {
    const seen = new Map();
    return rows.map((row) => {
      const key = `${plain(row.cells[0].textContent)}\n${paths(row).join(" ")}`;
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return [row, `${key}\n${count}`];
    });
  }

  /**
   * The row of `{row, id, name}`: by GitLab's number in a link, else by place and name. The place alone is enough only
   * where nothing else is known: a name that is masked is not the page's.
   */
  function find({ row: place, id, name }, all) {
    const at = all.map((rows) => rows[place]).filter(Boolean);
    const linked = (row) => paths(row).some((path) => path.split("/").includes(String(id)));
    if (id != null) {
      const row = at.find(linked) ?? all.flat().find(linked);
      if (row) return row;
    }
    const called = name && at.find((row) => plain(row.textContent).includes(plain(name)));
    const nameless = id == null && (!name || name.includes("…"));
    return called || (nameless && at.length === 1 ? at[0] : undefined);
  }

  function shadow(style) {
    const host = document.createElement(OWN);
    // By script, so that no policy of the page keeps it from being applied: without it a mark would take room.
    for (const [name, value] of style) host.style.setProperty(name, value, "important");
    const root = host.attachShadow({ mode: "closed" });
    const sheet = document.createElement("style");
    sheet.textContent = STYLE;
    root.append(sheet);
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
  function place(all = wanted.size ? tables().map(keyed) : []) {
    const todo = [];
    let count = 0;
    for (const rows of all) {
      // All is measured first, all is changed then: the browser lays the page out once.
      let style;
      for (const [row, key] of rows) {
        const item = wanted.get(key);
        const there = [...row.getElementsByTagName(OWN)];
        if (item) count += 1;
        const kept = there.findIndex((host) => marked.get(host) === item && host.parentNode === row.cells[0]);
        if (kept >= 0) there.splice(kept, 1);
        const { top, bottom } = item && kept < 0 ? row.getBoundingClientRect() : {};
        const near = bottom > -NEAR && top < innerHeight + NEAR;
        if (near) style ??= /^(?:table-cell|block)$/.test(getComputedStyle(row.cells[0]).display) ? FLOATS : STANDS;
        if (near || there.length) todo.push({ cell: row.cells[0], item: near && item, there, style });
      }
    }
    for (const { cell, item, there, style } of todo) {
      for (const host of there) host.remove();
      if (item) mark(cell, item, style);
    }
    if (!wanted.size) for (const host of document.querySelectorAll(OWN)) if (host !== bar) host.remove();
    summary(count);
    observer.takeRecords();
  }

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
  const observer = new MutationObserver(() => place());

  /** Marks these rows and no others: `[{row, id, name, severity, titles}]`. */
  function show(items) {
    observer.disconnect();
    const all = items.length && !hidden ? tables() : [];
    const named = all.map(keyed);
    const keys = new Map(named.flat());
    const before = wanted;
    wanted = new Map();
    for (const item of hidden ? [] : items) {
      const row = find(item, all);
      if (!row) continue;
      const key = keys.get(row);
      // The same thing said again keeps its mark, with the focus that may be on it.
      const old = before.get(key);
      const same = old && old.severity === item.severity && old.titles.join("\n") === item.titles.join("\n");
      wanted.set(key, same ? old : item);
    }
    place(wanted.size ? named : []);
    if (wanted.size) observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  }

  /** Scrolls to a row and outlines it for a while, without touching its attributes. Is it there? */
  function point(item) {
    const row = find(item, tables());
    if (!row) return false;
    row.scrollIntoView({ block: "center" });
    const outlined = { outline: "3px solid #1f75cb", outlineOffset: "-3px" };
    row.animate([outlined, outlined], { duration: 4000, id: "leastwise" });
    return true;
  }

  globalThis.leastwiseMarks = { show, point };
})();
