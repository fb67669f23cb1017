// Captures the open page, read-only, by a list of what may be taken. Runs once in the page's tab after a click on the
// extension's button, changes nothing, and its last value is what the background gets.
//
// The document of a token page holds live secrets in values, data attributes and sometimes in text. So nothing is taken
// by wildcard: only pages, elements and attributes named here, text only inside the parts named here, and never the value
// of a text field. What comes out is HTML of the same shape, for the same reader that reads saved pages.
(() => {
  "use strict";

  // GitLab's pages whose content is taken, by the beginning of `body[data-page]`. Of any other page only the facts about the page
  // itself are taken: which instance, which page.
  const PAGES = [
    "user_settings:personal_access_tokens:",
    "profiles:personal_access_tokens:",
    "projects:settings:access_tokens:",
    "groups:settings:access_tokens:",
    "admin:impersonation_tokens:",
    "groups:settings:service_accounts:",
    "projects:settings:service_accounts:",
    "admin:application_settings:service_accounts:",
  ];

  // Parts of the page whose text is taken. Everything around them is kept as empty elements, so that places and
  // relations stay as they were.
  const PARTS = [
    "table",
    "h1, h3, h4, h5",
    "nav.gl-pagination",
    ".gl-pagination",
    ".gl-keyset-pagination",
    ".js-token-count",
    ".gl-single-stat",
    ".gl-tab-counter-badge",
    '[data-testid$="-count"]',
    '[data-testid="page-heading"]',
    '[data-testid="crud-title"]',
    ".gl-avatar-labeled-label",
    ".gl-avatar-labeled-sublabel",
    "aside.gl-drawer",
  ].join(",");

  // Left out with everything inside.
  const SKIPPED = new Set(
    "SCRIPT STYLE TEMPLATE NOSCRIPT IFRAME FRAME OBJECT EMBED TEXTAREA SELECT OPTION DATALIST CANVAS VIDEO AUDIO IMG PICTURE MAP MATH LINK META HEAD".split(" "),
  );
  // Kept as elements. Any other element is looked through: its content is taken, it is not.
  const KEPT = new Set(
    "MAIN SECTION ARTICLE ASIDE HEADER FOOTER NAV DIV SPAN P UL OL LI DL DT DD H1 H2 H3 H4 H5 H6 A BUTTON B STRONG I EM SMALL CODE LABEL FIELDSET LEGEND TIME TABLE CAPTION THEAD TBODY TFOOT TR TH TD SVG USE INPUT BR".split(" "),
  );
  const VOID = new Set(["INPUT", "BR"]);

  // Attributes of kept elements, and those that are taken only inside the parts.
  const STRUCTURE = new Set("id class role data-testid data-qa-selector data-gitlab-vue3-app aria-busy aria-current aria-expanded aria-selected".split(" "));
  const CONTENT = new Set(
    "datetime data-label data-original-title title scope aria-colindex aria-colcount aria-rowindex aria-sort aria-label aria-checked aria-disabled disabled data-user-id".split(" "),
  );
  const BODY = new Set("data-page data-page-type-id data-project data-project-id data-project-full-path data-namespace-id data-group data-group-full-path data-project-studio-enabled".split(" "));

  // A new token is shown in one of these: that it is there is taken, as an element without its value.
  const NEW_TOKEN =
    '[data-testid="created-access-token-field"], #new-access-token, [data-testid="created-personal-access-token-field"], #created-personal-access-token';

  // Before GitLab 18 only its copy button holds it.
  const COPIES_NEW_TOKEN =
    ':is([data-testid="access-token-section"], .created-personal-access-token-container) [data-testid="clipboard-button"][data-clipboard-text]:not([data-clipboard-text=""])';

  // Of an address's query only what says which rows are listed, and only plain words; of a search only that there is one.
  const FILTERS = ["filter", "page", "per_page", "sort", "tab", "state", "revoked", "expires_before", "expires_after", "created_before", "created_after", "last_used_before", "last_used_after", "owner_type", "user_id", "resource_type"];
  const PLAIN = /^[\w .:+-]{0,40}$/;

  // Facts about the instance, from GitLab's own inline script. Read as text: nothing of the page is run.
  const GON = ["api_version", "relative_url_root", "gitlab_url", "revision", "ee", "jh", "dot_com", "pat_prefix", "version", "current_user_id", "current_username", "time_display_relative", "time_display_format"];

  // As many characters as a settings page with ten thousand rows has.
  const LIMIT = 16_000_000;

  const out = [];
  let length = 0;
  const put = (text) => {
    out.push(text);
    length += text.length;
  };
  const ENTITY = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  const escaped = (text) => (/[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (character) => ENTITY[character]) : text);
  const attribute = (name, value) => put(` ${name}="${escaped(value)}"`);

  const { host, origin, pathname, search } = document.location;

  function filters(query) {
    const all = new URLSearchParams(query);
    const kept = [...all].filter(([name, value]) => FILTERS.includes(name) && PLAIN.test(value));
    if (all.get("search")) kept.push(["search", ""]);
    return kept.length ? `?${new URLSearchParams(kept)}` : "";
  }

  // An address without user, password, fragment and all of the query but the filters.
  function address(href) {
    if (/^\s*(?:javascript|data|blob|vbscript):/i.test(href)) return "";
    const [path, query = ""] = href.split("#", 1)[0].split("?", 2);
    return path.replace(/^([a-z]+:)?\/\/[^/]*@/i, "$1//") + filters(query);
  }

  // GitLab writes `window.gon={};gon.name=JSON;…`. Strings are stepped over first, so that nothing inside one counts.
  function gon() {
    const script = [...document.querySelectorAll("script:not([src])")].find((script) =>
      /^\s*(?:\/\/<!\[CDATA\[)?\s*window\.gon\s*=\s*\{\};\s*gon\.api_version=/.test(script.textContent.slice(0, 200)),
    );
    if (!script) return false;
    const known = new Map();
    const value = '"(?:[^"\\\\]|\\\\.)*"|-?\\d+(?:\\.\\d+)?|true|false|null';
    for (const [, name, json] of script.textContent.matchAll(new RegExp(`(?:\\bgon\\.(\\w+)=(${value});)|"(?:[^"\\\\]|\\\\.)*"`, "g"))) {
      if (!GON.includes(name) || known.has(name)) continue;
      try {
        known.set(name, JSON.stringify(JSON.parse(json)).replace(/</g, "\\u003c"));
      } catch {
        // Not JSON: not a fact we know how to read.
      }
    }
    put("<script>\nwindow.gon={};");
    for (const name of GON) if (known.has(name)) put(`gon.${name}=${known.get(name)};`);
    put("\n</script>");
    return true;
  }

  // Writes what the page says of itself; is it GitLab's at all, by both of its marks?
  function head() {
    put("<!DOCTYPE html>\n<html");
    attribute("lang", document.documentElement.lang);
    put("><head>");
    const site = document.querySelector('meta[property="og:site_name"]');
    if (site) {
      put('<meta property="og:site_name"');
      attribute("content", site.content);
      put(">");
    }
    // The address of the tab, not the one in the document: pages change it without loading anew.
    put('<meta property="og:url"');
    attribute("content", origin + pathname + filters(search));
    put(">");
    const script = gon();
    put("</head><body");
    for (const { name, value } of document.body.attributes) if (BODY.has(name)) attribute(name, value);
    put(">");
    return script && site?.content === "GitLab";
  }

  function attributes(element, inside) {
    for (const { name, value } of element.attributes) {
      if (STRUCTURE.has(name) || (inside && CONTENT.has(name))) attribute(name, value);
      else if (inside && (name === "href" || name === "xlink:href")) {
        // A sprite's fragment names the icon: it is all that is needed of it.
        attribute("href", element.localName === "use" ? (/#[\w-]+$/.exec(value)?.[0] ?? "") : address(value));
      }
    }
  }

  // Of a text field nothing is taken but that it is the one with the new token.
  function input(element, inside) {
    if (element.matches(NEW_TOKEN)) {
      put("<input");
      for (const { name, value } of element.attributes) if (name === "id" || name === "data-testid") attribute(name, value);
      put(">");
    } else if (inside && (element.type === "radio" || element.type === "checkbox")) {
      // The state is a property: the attribute in the document is only what it began with.
      put("<input");
      attributes(element, inside);
      attribute("type", element.type);
      attribute("name", element.name);
      if (PLAIN.test(element.value)) attribute("value", element.value);
      if (element.checked) put(" checked");
      put(">");
    }
  }

  function walk(node, inside, depth) {
    if (length > LIMIT || depth > 400) return;
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) {
        if (inside) put(escaped(child.data));
        else if (/\n/.test(child.data)) put("\n");
        continue;
      }
      if (child.nodeType !== Node.ELEMENT_NODE) continue;
      const name = child.localName.toUpperCase();
      if (SKIPPED.has(name)) continue;
      if (name === "INPUT") {
        input(child, inside);
        continue;
      }
      if (name === "BUTTON" && child.matches(COPIES_NEW_TOKEN)) put('<input data-testid="created-access-token-field">');
      const within = inside || child.matches(PARTS);
      if (!KEPT.has(name)) {
        walk(child, within, depth + 1);
        continue;
      }
      put(`<${child.localName}`);
      attributes(child, within);
      put(">");
      if (VOID.has(name)) continue;
      walk(child, within, depth + 1);
      put(`</${child.localName}>`);
    }
  }

  // The main content and the drawer, which GitLab hangs elsewhere; each once.
  function roots() {
    const found = [...document.querySelectorAll("main, [role=main], #content-body, aside.gl-drawer")];
    return found.filter((element) => !found.some((other) => other !== element && other.contains(element)));
  }

  if (!document.body) return { refused: "error_page" };
  const gitlab = head();
  const page = document.body.getAttribute("data-page") ?? "";
  if (gitlab && PAGES.some((prefix) => page.startsWith(prefix))) {
    for (const root of roots()) {
      // A root is walked as the only child of something, so that it is treated as any other element.
      walk({ childNodes: [root] }, false, 0);
      put("\n");
    }
  }
  put("</body></html>\n");
  if (length > LIMIT) return { refused: "too_large" };
  return { name: host + pathname, host, html: out.join("") };
})();
