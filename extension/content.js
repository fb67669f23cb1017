// Captures the open page, read-only, by a list of what may be taken. Runs once in the page's tab after a click on the
// extension's button, changes nothing, and its last value is what the background gets.
//
// The document of a token page holds live secrets in values, data attributes and sometimes in text. So nothing is taken
// by wildcard: only pages, elements and attributes named here, text only inside the parts named here, and never the value
// of a text field. What comes out is HTML of the same shape, for the same reader that reads saved pages.
(() => {
  "use strict";

  // Parts of a page with lists whose text is taken. Everything around them is kept as empty elements, so that places and
  // relations stay as they were.
  const LISTS =
    'table, h1, h2, h3, h4, h5, .gl-pagination, .gl-keyset-pagination, .js-token-count, .gl-single-stat, .gl-tab-counter-badge, [data-testid$="-count"], [data-testid="page-heading"], [data-testid="crud-title"], .gl-avatar-labeled-label, .gl-avatar-labeled-sublabel, aside.gl-drawer';

  // What GitLab's pages add to that, or take in its place. By name of the kind of page:
  // - parts: whose text is taken;
  // - closed: of these cells only the empty elements are taken: those that hold values or tokens, also when the user has made
  //   them visible;
  // - inner: whose text is taken all the same, where they are such a cell or stand in one;
  // - urls: whose text holds addresses, which are taken without what lets in;
  // - fields: text fields that are taken with their value, cleaned in the same way;
  // - marks: fields and attributes that may hold a secret: that they are there and filled is taken, never with what;
  // - controls: parts of forms for something new; what is ticked in them is taken, never what was typed, but for a day;
  // - sent: attributes with a list as JSON, and which keys of it are taken;
  // - title: is the title of the document taken?
  const TOKENS = {
    parts: LISTS,
    controls: ":is(#js-new-access-token-form, #token-create-form) :is(input, select), [name$='[scopes][]'], [name$='[access_level]'], [name$='[expires_at]']",
    sent: { "data-initial-active-access-tokens": ["id", "name", "description", "scopes", "user_id", "created_at", "last_used_at", "last_used_ips", "expires_at", "expires_soon", "expired", "revoked", "role"] },
  };
  // A page that is nothing but a form.
  const FORM = { parts: "h1, [data-testid='page-heading']", controls: "input, select" };
  const RUNNERS = { parts: LISTS, marks: { fields: "#token-value", attributes: ["data-registration-token"] } };
  const CICD = {
    parts: `${LISTS.replace("aside.gl-drawer", "aside.gl-drawer:not([data-testid=ci-variable-drawer])")}, #js-token-access input, #js-token-access .gl-toggle, #js-cicd-variables-settings input[type=radio]`,
    closed: '.js-ci-variable-row > *, #js-pipeline-triggers td:first-child, #js-pipeline-triggers th[scope="row"]',
    inner: '[data-testid="ci-variable-table-row-variable"], [id^="ci-variable-key-"], [id^="ci-variable-env-"], [data-testid="ci-variable-table-row-attributes"], [data-testid="inherited-ci-variable-table"] .js-ci-variable-row > :last-child',
    marks: { fields: "#token-value", attributes: ["data-registration-token", "data-clipboard-text"] },
    controls: "[data-testid=ci-variable-drawer] input, [data-testid=ci-variable-modal] input, #add-ci-variable input, [name^='trigger['], #js-pipeline-triggers [name=_method], #js-token-access input",
    sent: { "data-triggers": ["id", "description", "owner", "last_used", "expires_at", "has_token_exposed", "can_access_project"] },
  };
  const REPOSITORY = { parts: `${LISTS}, .deploy-key`, controls: "[id^='deploy_token_']" };
  const CREDENTIALS = { parts: `${LISTS}, .table-holder, .pagination, a.gl-tab-nav-item-active` };
  // The page of one application, with its secret, has the same name: nothing of it but the frame is a part.
  const APPLICATIONS = {
    parts: 'tr[id^="application_"], [data-testid="oauth-authorized-applications"], table:has([data-testid="oauth-authorized-applications"])',
    urls: 'tr[id^="application_"] > :nth-child(2)',
  };
  const HOOKS = { parts: "ul.content-list > li .gl-badge, ul.content-list > li a", urls: "ul.content-list > li p" };
  const HOOK = {
    parts: "form input",
    fields: '[name="hook[name]"], [name="hook[url]"], [name="hook[custom_headers][][key]"]',
    marks: { fields: '[name="hook[token]"], input[type=hidden][name^="hook["][name$="_events]"]', attributes: ["data-secret-token"] },
  };
  // The log is taken as it stands: what is in it has to be judged, a token that a job printed most of all. It goes where all of
  // the capture goes, to this extension's own background, which masks what it finds and keeps nothing.
  const JOB = { parts: '[data-testid="job-log-content"], code.job-log', title: true };

  // GitLab's pages whose content is taken, by the beginning of `body[data-page]`; the first that fits counts. Of any other page
  // only the facts about the page itself are taken: which instance, which page.
  const PAGES = [
    ["user_settings:personal_access_tokens:granular_new", FORM],
    ["user_settings:personal_access_tokens:legacy_new", FORM],
    ["user_settings:personal_access_tokens:", TOKENS],
    ["profiles:personal_access_tokens:", TOKENS],
    ["projects:settings:access_tokens:", TOKENS],
    ["groups:settings:access_tokens:", TOKENS],
    ["admin:impersonation_tokens:", TOKENS],
    ["groups:settings:service_accounts:", TOKENS],
    ["projects:settings:service_accounts:", TOKENS],
    ["admin:application_settings:service_accounts:", TOKENS],
    ["projects:settings:repository:", REPOSITORY],
    ["groups:settings:repository:", REPOSITORY],
    ["projects:settings:ci_cd:", CICD],
    ["groups:settings:ci_cd:", CICD],
    ["admin:application_settings:ci_cd", CICD],
    ["admin:credentials:", CREDENTIALS],
    ["groups:security:credentials:", CREDENTIALS],
    ["oauth:applications:", APPLICATIONS],
    ["admin:applications:", APPLICATIONS],
    ["groups:settings:applications:", APPLICATIONS],
    ["admin:runners:", RUNNERS],
    ["groups:runners:", RUNNERS],
    ...["projects", "groups", "admin"].flatMap((owner) => [
      [`${owner}:hooks:edit`, HOOK],
      [`${owner}:hooks:update`, HOOK],
      [`${owner}:hooks:`, HOOKS],
    ]),
    ["projects:jobs:show", JOB],
  ];

  // Left out with everything inside.
  const SKIPPED = new Set(
    "SCRIPT STYLE TEMPLATE NOSCRIPT IFRAME FRAME OBJECT EMBED TEXTAREA SELECT OPTION DATALIST CANVAS VIDEO AUDIO IMG PICTURE MAP MATH LINK META HEAD".split(" "),
  );
  // Kept as elements. Any other element is looked through: its content is taken, it is not.
  const KEPT = new Set(
    "MAIN SECTION ARTICLE ASIDE HEADER FOOTER NAV FORM DIV SPAN P UL OL LI DL DT DD H1 H2 H3 H4 H5 H6 A BUTTON B STRONG I EM SMALL CODE LABEL FIELDSET LEGEND TIME TABLE CAPTION THEAD TBODY TFOOT TR TH TD SVG USE INPUT BR".split(" "),
  );
  const VOID = new Set(["INPUT", "BR"]);

  // Attributes of kept elements, and those that are taken only inside the parts.
  const STRUCTURE = new Set("id class role data-testid data-qa-selector data-gitlab-vue3-app aria-busy aria-current aria-expanded aria-selected".split(" "));
  const CONTENT = new Set(
    "datetime data-label data-original-title title scope aria-colindex aria-colcount aria-rowindex aria-sort aria-label aria-checked aria-disabled disabled data-user-id data-qa-status".split(" "),
  );
  const BODY = new Set("data-page data-page-type-id data-project data-project-id data-project-full-path data-namespace-id data-group data-group-full-path data-project-studio-enabled".split(" "));

  // A new token is shown in one of these: that it is there is taken, as an element without its value.
  const NEW_TOKEN =
    '[data-testid="created-access-token-field"], #new-access-token, [data-testid="created-personal-access-token-field"], #created-personal-access-token';

  // Before GitLab 18 only its copy button holds it.
  const COPIES_NEW_TOKEN =
    ':is([data-testid="access-token-section"], .created-personal-access-token-container) [data-testid="clipboard-button"][data-clipboard-text]:not([data-clipboard-text=""])';

  // Addresses in attributes: in links, and of buttons.
  const ADDRESSES = new Set(["href", "xlink:href", "data-path", "data-revoke-path"]);

  // Of an address's query only what says which rows are listed, and only plain words; of a search only that there is one.
  const FILTERS = ["filter", "page", "per_page", "sort", "tab", "state", "revoked", "expires_before", "expires_after", "created_before", "created_after", "last_used_before", "last_used_after", "owner_type", "user_id", "resource_type"];
  // A choice's value: a word or number of GitLab's. A credential has capitals and small letters, or many digits.
  const CHOICE = /^(?=(?:\D*\d){0,3}\D*$)(?:[a-z\d_.:]{0,40}|[A-Z\d_]{1,40})$/;
  // Fields that hold a day.
  const DAYS = "[name$='[expires_at]'], [id$=expires_at], [id$=expiresAt], .gl-datepicker-input, .gl-datepicker input, [data-testid=expiry-date-field] input";
  const PLAIN = /^[\w .:+-]{0,40}$/;

  // Facts about the instance, from GitLab's own inline script. Read as text: nothing of the page is run.
  const GON = ["api_version", "relative_url_root", "gitlab_url", "revision", "ee", "jh", "dot_com", "pat_prefix", "version", "current_user_id", "current_username", "time_display_relative", "time_display_format"];

  // As many characters as a settings page with ten thousand rows has.
  const LIMIT = 16_000_000;

  let out = "";
  const put = (text) => void (out += text);
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

  function isOwn(href) {
    if (/^\/(?![\/\\])/.test(href)) return true;
    try {
      return new URL(href, origin).origin === origin;
    } catch {
      return false;
    }
  }

  // An address of this instance without user, password, fragment and all of the query but the filters; others are not needed.
  function address(href) {
    if (!isOwn(href)) return "";
    const [path, query = ""] = href.trim().split("#", 1)[0].split("?", 2);
    return path.replace(/^([a-z]+:)?\/\/[^/]*@/i, "$1//") + filters(query);
  }

  // As the reader of webhooks does (input/page/webhooks.rs), here already: an address without user and password, with the values
  // of its query and the parts of its path that look made by a machine left out. GitLab's own masks (`{token}`) stay.
  const SECRET_PATHS = ["hooks.slack.com", "discord.com", "discordapp.com", "webhook.office.com", "outlook.office.com", "chat.googleapis.com", "hooks.zapier.com", "maker.ifttt.com", "api.telegram.org"];
  const isMask = (text) => /^\{[^{}]{1,38}\}$/.test(text);
  const looksSecret = (part) =>
    part.length >= 8 && !isMask(part) && ((/\d/.test(part) && /[a-z]/i.test(part)) || (/[a-z]/.test(part) && /.[A-Z]/s.test(part)) || part.length >= 32);
  const cut = (text, mark) => {
    const at = text.indexOf(mark);
    return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + mark.length)];
  };
  function withoutSecrets(text) {
    const [scheme, rest] = cut(text.trim(), "://");
    if (rest === null) return looksSecret(scheme) ? "…" : scheme;
    const [place, query] = cut(rest.split("#", 1)[0], "?");
    const [authority, ...path] = place.split("/");
    const server = authority.slice(authority.lastIndexOf("@") + 1);
    const name = server.split(":", 1)[0];
    const secret = SECRET_PATHS.some((known) => name === known || name.endsWith(`.${known}`));
    const parts = path.map((part, index) => (looksSecret(part) || (secret && index > 0 && part) ? "…" : part));
    const pairs = (query ?? "").split("&").map((pair) => {
      const [key, value] = cut(pair, "=");
      if (value === null) return isMask(key) ? key : "…";
      return `${looksSecret(key) ? "…" : key}=${isMask(value) || !value ? value : "…"}`;
    });
    return [`${scheme}://${server}`, ...parts].join("/") + (query === null ? "" : `?${pairs.join("&")}`);
  }

  // The words of an element as they are shown, but for those of badges.
  function words(element) {
    let text = "";
    for (const child of element.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) text += child.data;
      else if (child.nodeType === Node.ELEMENT_NODE && !SKIPPED.has(child.localName.toUpperCase()) && !child.matches(".gl-badge, svg"))
        text += /^(?:br|div|p|li)$/.test(child.localName) ? ` ${words(child)} ` : words(child);
    }
    return text.replace(/[ \t\n\r\f]+/g, " ");
  }

  // A cell or paragraph of addresses: one with blanks in it counts as one, where a name may stand as well.
  function addresses(element) {
    const text = words(element).trim();
    const each = element.localName === "p" ? [text] : text.split(" ");
    put(escaped(each.map((one) => (one.includes("://") || element.localName !== "p" ? withoutSecrets(one) : one)).join(" ")));
    for (const badge of element.querySelectorAll(".gl-badge")) visit(badge, true, 0, false);
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
    const gitlab = gon() && site?.content === "GitLab";
    if (gitlab && kind?.title) put(`<title>${escaped(document.title)}</title>`);
    put("</head><body");
    for (const { name, value } of document.body.attributes) if (BODY.has(name)) attribute(name, value);
    put(">");
    return gitlab;
  }

  function attributes(element, inside) {
    // By names: to make an object for each attribute would cost more than all else here.
    for (const name of element.getAttributeNames()) {
      if (STRUCTURE.has(name) || (inside && CONTENT.has(name))) attribute(name, element.getAttribute(name));
      else if (inside && ADDRESSES.has(name)) {
        const value = element.getAttribute(name);
        // A sprite's fragment names the icon: it is all that is needed of it.
        if (element.localName === "use") attribute("href", /#[a-z\d-]+$/.exec(value)?.[0] ?? "");
        else attribute(name === "xlink:href" ? "href" : name, address(value));
      } else if (kind.marks?.attributes?.includes(name)) {
        if (element.getAttribute(name)) attribute(name, "there");
      } else if (kind.sent && Object.hasOwn(kind.sent, name) && element.getAttribute(name)) sent(name, element.getAttribute(name), kind.sent[name]);
    }
  }

  // Of a text field nothing is taken but that it is there, and only where the page's kind names it.
  function input(element, inside) {
    const { type, name, value } = element;
    const named = () => {
      put("<input");
      for (const { name, value } of element.attributes) if (["id", "data-testid", "type", "name"].includes(name)) attribute(name, value);
    };
    if (element.matches(NEW_TOKEN)) {
      put("<input");
      for (const { name, value } of element.attributes) if (name === "id" || name === "data-testid") attribute(name, value);
      put(">");
    } else if (kind.marks?.fields && element.matches(kind.marks.fields)) {
      named();
      if (value) attribute("value", "there");
      put(">");
    } else if (kind.fields && element.matches(kind.fields)) {
      named();
      attribute("value", value.includes("://") ? withoutSecrets(value) : value);
      put(">");
    } else if (kind.controls && element.matches(kind.controls)) {
      control(element);
    } else if (inside && (type === "radio" || type === "checkbox")) {
      choice(element, inside);
    }
  }

  function choice(element, inside) {
    const { type, name, value } = element;
    put("<input");
    attributes(element, inside);
    attribute("type", type);
    attribute("name", name);
    if (CHOICE.test(value)) attribute("value", value);
    // The state is a property: the attribute in the document is only what it began with.
    if (element.checked) put(" checked");
    if (element.disabled) put(" disabled");
    put(">");
  }

  // A part of a form that is on the screen: what is ticked, the role, the day. Of what was typed only a day, and the one
  // name with which GitLab gives a deploy token to every job.
  function control(element) {
    const { type, name, value, id } = element;
    if (type !== "hidden" && !element.parentElement.checkVisibility()) return;
    if (element.localName === "select") {
      put("<select");
      attribute("name", name);
      put(">");
      for (const option of element.options) {
        if (!/^\d{1,3}$/.test(option.value)) continue;
        put("<option");
        attribute("value", option.value);
        put(option.selected ? " selected></option>" : "></option>");
      }
      put("</select>");
    } else if (type === "radio" || type === "checkbox") {
      choice(element, false);
    } else {
      put("<input");
      for (const { name, value } of element.attributes) if (["id", "class", "data-testid", "name"].includes(name)) attribute(name, value);
      attribute("type", type);
      const plain = element.matches(DAYS) ? /^\d{4}-\d\d-\d\d$/.test(value) : id === "deploy_token_name" && value === "gitlab-deploy-token";
      if (value) attribute("value", plain ? value : "there");
      if (element.disabled) put(" disabled");
      put(">");
    }
  }

  // A list as the server sent it, before a script makes a table of it: the keys that are read, nothing else.
  function sent(name, text, keys) {
    const picked = (item) => Object.fromEntries(keys.filter((key) => key in item).map((key) => [key, key === "owner" && item.owner ? { name: item.owner.name, username: item.owner.username } : item[key]]));
    try {
      attribute(name, JSON.stringify(JSON.parse(text).map(picked)));
    } catch {
      attribute(name, "there"); // Not a list: the reader says that it could not be read.
    }
  }

  function walk(node, inside, depth, shut) {
    for (let child = node.firstChild; child; child = child.nextSibling) visit(child, inside, depth, shut);
  }

  // Names as HTML writes them; those of drawings stand in small letters.
  const NAMES = new Map();
  function named(element) {
    let name = NAMES.get(element.nodeName);
    if (!name) NAMES.set(element.nodeName, (name = element.nodeName.toUpperCase()));
    return name;
  }

  function visit(child, inside, depth, shutIn) {
    if (child.nodeType === Node.TEXT_NODE) {
      const text = child.data;
      if (inside) put(escaped(text));
      else if (text.includes("\n")) put("\n");
      return;
    }
    if (child.nodeType !== Node.ELEMENT_NODE || out.length > LIMIT || depth > 400) return;
    const name = named(child);
    if (formsOnly && name === "TABLE") return;
    if (name === "SELECT" && kind.controls && child.matches(kind.controls)) control(child);
    if (SKIPPED.has(name) || (name === "SVG" && !inside)) return;
    const shut = shutIn || Boolean(kind.closed && (name === "TD" || name === "TH") && child.matches(kind.closed));
    const within = shut ? (inside && shutIn) || child.matches(kind.inner) : inside || child.matches(kind.parts);
    if (name === "INPUT") return input(child, within);
    if (name === "BUTTON" && child.matches(COPIES_NEW_TOKEN)) put('<input data-testid="created-access-token-field">');
    if (!KEPT.has(name)) return walk(child, within, depth + 1, shut);
    const tag = child.localName;
    put(`<${tag}`);
    attributes(child, within || inside);
    put(">");
    if (VOID.has(name)) return;
    if (kind.urls && child.matches(kind.urls)) addresses(child);
    // What a button outside the parts shows is not needed: that it is there can be.
    else if (within || name !== "BUTTON") walk(child, within, depth + 1, shut);
    put(`</${tag}>`);
  }

  // The main content and the drawer, which GitLab hangs elsewhere; each once.
  function roots() {
    const found = [...document.querySelectorAll("main, [role=main], #content-body, aside.gl-drawer, #add-ci-variable, [data-testid=ci-variable-modal]")];
    return found.filter((element) => !found.some((other) => other !== element && other.contains(element)));
  }

  // Asked for by the background just before: the open forms alone, while a popup is open.
  const formsOnly = globalThis.leastwiseForms === true;
  delete globalThis.leastwiseForms;

  if (!document.body) return { refused: "error_page" };
  const page = document.body.getAttribute("data-page") ?? "";
  const kind = PAGES.find(([prefix]) => page.startsWith(prefix))?.[1];
  if (head() && kind) {
    for (const root of roots()) {
      visit(root, false, 0, false);
      put("\n");
    }
  }
  put("</body></html>\n");
  if (out.length > LIMIT) return { refused: "too_large" };
  return { name: host + pathname, host, html: out };
})();
