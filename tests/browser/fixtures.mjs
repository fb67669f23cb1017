// Made-up GitLab pages, and where the shared ones are. Secrets in them are made at run time.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./harness.mjs";

export const HOST = "https://gitlab.example.com";
export const TOKENS = "/acme/payments/api/-/settings/access_tokens";

/** What gitlab.com sends, shortened to what matters here: no wasm, no inline script without the nonce. */
export const GITLAB_CSP =
  "base-uri 'self'; child-src blob: data:; connect-src 'self' wss://gitlab.example.com; default-src 'self'; font-src 'self'; form-action 'self' https: http:; frame-ancestors 'self'; frame-src 'self'; img-src 'self' data: blob: http: https:; manifest-src 'self'; media-src 'self' data: blob:; object-src 'none'; script-src 'strict-dynamic' 'self' 'unsafe-inline' 'nonce-made-up'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob: data:";

/** A made-up token: the letters l, 0, O and I together never stand in a genuine one. */
export function fakeToken(number = 1) {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";
  let state = (number * 2654435761) % 4294967296;
  const body = Array.from({ length: 16 }, () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return letters[Math.floor((state / 4294967296) * letters.length)];
  }).join("");
  return `glpat-${body.slice(0, 6)}l0OI${body.slice(6)}`;
}

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

let planted = 0;
/** A secret that must not leave the document, different each time. */
function secret(list) {
  const value = `planted-${++planted}-Zq7Xk2Wv9Rt4Yp8`;
  list.push(value);
  return value;
}

/**
 * A project's access tokens page in the shape of GitLab 18.9, with `rows` ({name, description, scopes, created, used,
 * expires, role, id}) and a secret in every place where such a page has held one. Gives back {html, secrets}.
 */
export function tokenPage(rows) {
  const secrets = [];
  const s = () => secret(secrets);
  const cells = rows.map(
    (row, index) => `<tr role="row" aria-rowindex="${index + 1}" data-secret-token="${s()}"><th aria-colindex="1" data-label="Token name" role="rowheader" scope="row"><div><span class="gl-font-normal">${escaped(row.name)}</span></div></th>
<td aria-colindex="2" data-label="Description" role="cell"><div>${escaped(row.description ?? "-")}</div></td>
<td aria-colindex="3" data-label="Scopes" role="cell"><div>${row.scopes}</div></td>
<td aria-colindex="4" data-label="Created" role="cell"><div><span> Feb 11, 2026 </span></div></td>
<td aria-colindex="5" data-label="Last Used" role="cell"><div>${row.used ? `<time title="x" datetime="${row.used}">some time ago</time>` : "Never"}</div></td>
<td aria-colindex="6" data-label="Last Used IPs" role="cell"><div>-</div></td>
<td aria-colindex="7" data-label="Expires" role="cell"><div>${row.expires ? `<time datetime="${row.expires}">in some time</time>` : '<span title="x">Never until revoked</span>'}</div></td>
<td aria-colindex="8" data-label="Role" role="cell"><div>${row.role ?? "Developer"}</div></td>
<td aria-colindex="9" data-label="Action" role="cell"><a href="/acme/payments/api/-/settings/access_tokens/${row.id ?? 700 + index}/revoke?authenticity_token=${s()}" data-testid="revoke-button" data-clipboard-text="${s()}">Revoke</a><button data-testid="rotate-button">Rotate</button></td></tr>`,
  );
  const html = `<!DOCTYPE html>
<html lang="en"><head prefix="og: http://ogp.me/ns#"><meta charset="utf-8"><title>Project access tokens · GitLab</title>
<script nonce="made-up">
//<![CDATA[
window.gon={};gon.api_version="v4";gon.note="x;gon.version=\\"1.0\\";${s()}";gon.features={"a":{"token":"${s()}"}};gon.relative_url_root="";gon.gitlab_url="${HOST}";gon.ee=true;gon.dot_com=false;gon.pat_prefix="glpat-";gon.version="18.9.0-pre";gon.current_user_id=7;gon.current_username="dana";gon.feed_token="${s()}";
//]]>
</script>
<meta content="GitLab" property="og:site_name"><meta content="${HOST}${TOKENS}?private_token=${s()}" property="og:url">
<meta name="csrf-token" content="${s()}"></head>
<body class="tab-width-8" data-page="projects:settings:access_tokens:index" data-project="api" data-project-id="318" data-project-full-path="acme/payments/api" data-namespace-id="12" data-group="payments" data-group-full-path="acme/payments" data-runner-token="${s()}">
<nav class="super-sidebar"><a href="/?feed_token=${s()}">${s()}</a></nav>
<main class="content" id="content-body"><!-- ${s()} --><h1 data-testid="page-heading">Project access tokens</h1>
<div class="gl-alert" role="alert"><input data-testid="created-access-token-field" id="new-access-token" value="${s()}"><button data-testid="clipboard-button" data-clipboard-text="${s()}">Copy</button><p>${s()}</p></div>
<form action="/x?token=${s()}"><input type="hidden" name="authenticity_token" value="${s()}"><textarea>${s()}</textarea><select><option value="${s()}">${s()}</option></select><input type="text" id="feed_token" value="${s()}"><input type="password" value="${s()}"></form>
<section class="crud"><span class="js-token-count" data-testid="crud-count">${rows.length}</span>
<table data-testid="active-tokens" role="table" aria-busy="false" aria-colcount="9" class="table b-table gl-table"><thead role="rowgroup"><tr role="row">${["Token name", "Description", "Scopes", "Created", "Last Used", "Last Used IPs", "Expires", "Role", "Action"].map((title, index) => `<th role="columnheader" scope="col" aria-colindex="${index + 1}"><div><span>${title}</span></div></th>`).join("")}</tr></thead>
<tbody role="rowgroup">${cells.join("\n")}</tbody></table></section>
<div data-testid="feed-token-container"><code>${s()}</code><a href="https://dana:${s()}@gitlab.example.com/x.git">clone</a></div>
<script type="application/json">{"token":"${s()}"}</script><template>${s()}</template><style>/* ${s()} */</style>
</main></body></html>`;
  return { html, secrets };
}

/** Rows of ordinary and of awkward tokens. */
export const ROWS = [
  { name: "deploy-prod", description: "Deploys production", scopes: "api", used: "2026-05-01T06:00:00.123Z", expires: "Thu Mar 11 2027 00:00:00 GMT+0000 (Coordinated Universal Time)", role: "Owner", id: 501 },
  { name: "no-end", scopes: "api, sudo", role: "Maintainer", id: 502 },
  { name: "<script>alert(1)</script><img src=x onerror=alert(1)>", scopes: "read_api", role: "Guest", id: 503 },
  { name: "right \u202eto\u202c left ע`ברית", scopes: "read_repository", role: "Reporter", id: 504 },
  { name: "n".repeat(255), scopes: "write_repository", used: "2026-11-19T06:00:00.123Z", id: 505 },
];

export const manyRows = (count) =>
  Array.from({ length: count }, (_, index) => ({ ...ROWS[index % 2], name: `bot-${index}`, id: 1000 + index }));

/** The shared pages, or none where the folder is absent. */
export function sharedPages() {
  const folder = [process.env.LEASTWISE_PAGES, join(ROOT, "../shared/pages")].find((path) => path && existsSync(path));
  if (!folder) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".html"))
    .map((file) => ({ name: file, path: join(folder, file), html: readFileSync(join(folder, file), "utf8") }));
}

/** The address that a page says it has. */
export function addressOf(html) {
  const found = /content="([^"]+)" property="og:url"/.exec(html) ?? /property="og:url" content="([^"]+)"/.exec(html);
  return (found?.[1] ?? "https://lookalike.example.com/").replaceAll("&amp;", "&");
}
