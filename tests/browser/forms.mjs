// The forms for something new, as GitLab's templates and interface components write them: by the page that has them.
import { HOST } from "./fixtures.mjs";

const box = (attributes, label) => `<div class="gl-form-checkbox custom-control custom-checkbox"><input type="checkbox" class="custom-control-input" ${attributes}><label class="custom-control-label"><span>${label}</span></label></div>`;
const radio = (testId, value, name, checked = "") => `<div class="gl-form-radio custom-control custom-radio" ><input type="radio" class="custom-control-input" data-testid="${testId}" value="${value}" name="${name}" ${checked}><label class="custom-control-label">x</label></div>`;
const SCOPES = ["api", "read_api", "create_runner", "manage_runner", "k8s_proxy", "self_rotate", "read_repository", "write_repository", "read_registry", "write_registry"];

/** A GitLab page with `main` as its content. */
function page(dataPage, path, main, lang = "en") {
  const html = `<!DOCTYPE html>
<html lang="${lang}"><head prefix="og: http://ogp.me/ns#"><meta charset="utf-8"><title>x · GitLab</title>
<script nonce="made-up">
window.gon={};gon.api_version="v4";gon.relative_url_root="";gon.gitlab_url="${HOST}";gon.version="18.9.0-pre";gon.current_user_id=7;gon.current_username="dana";
</script>
<meta content="GitLab" property="og:site_name"><meta content="${HOST}${path}" property="og:url"></head>
<body data-page="${dataPage}" data-project="api" data-project-id="318" data-project-full-path="acme/payments/api" data-group="payments" data-group-full-path="acme/payments">
<style>.gl-hidden { display: none }</style>
<main id="content-body">${main}</main></body></html>`;
  return { url: HOST + path, html };
}

/** Server-rendered, of projects, groups, users and impersonation: 13 to 18. */
function rails(prefix, folded) {
  const boxes = SCOPES.map((scope) => box(`name="${prefix}[scopes][]" data-testid="${scope}-checkbox" value="${scope}" id="${prefix}_scopes_${scope}"`, scope)).join("");
  const role = prefix === "resource_access_token" ? `<select name="${prefix}[access_level]" id="access_level" class="form-control"><option value="10">Gast</option><option value="20">Reporter</option><option selected="selected" value="30">Entwickler</option><option value="40">Betreuer</option><option value="50">Eigentümer</option></select>` : "";
  return `<div class="${folded ? "gl-hidden" : ""}" data-testid="crud-form"><form id="js-new-access-token-form" action="/x" method="post"><input type="hidden" name="authenticity_token" value="planted-form-token">
<input type="text" name="${prefix}[name]" id="${prefix}_name" value="planted-name"><textarea name="${prefix}[description]">planted-text</textarea>
<div class="js-access-tokens-expires-at"><div class="gl-datepicker"><input type="text" class="gl-datepicker-input form-control" name="${prefix}[expires_at]" id="${prefix}_expires_at" value="2027-11-20"></div></div>${role}<fieldset>${boxes}</fieldset></form></div>`;
}

export const RAILS = (prefix = "resource_access_token", folded = false) => page(prefix === "personal_access_token" ? "user_settings:personal_access_tokens:index" : "projects:settings:access_tokens:index", prefix === "personal_access_token" ? "/-/user_settings/personal_access_tokens" : "/acme/payments/api/-/settings/access_tokens", rails(prefix, folded), "de");

/** The shared form of the newer pages: no names, values only. */
export const SHARED = () =>
  page(
    "groups:settings:service_accounts:index",
    "/groups/acme/-/settings/service_accounts/81/access_tokens",
    `<form id="token-create-form" class="gl-rounded-base"><div><input id="__1" data-testid="access-token-name-field" type="text" class="gl-form-input"></div><textarea id="__2"></textarea>
<div class="gl-datepicker" data-testid="expiry-date-field"><input id="__3" type="text" class="gl-datepicker-input gl-form-input" value=""></div><div role="group">${SCOPES.map((scope) => box(`value="${scope}" data-testid="${scope}-checkbox" id="__s${scope}"`, scope)).join("")}</div></form>`,
  );

/** The page for a legacy token whose checkboxes have no value of their own. */
export const LEGACY = () =>
  page(
    "user_settings:personal_access_tokens:legacy_new",
    "/-/user_settings/personal_access_tokens/legacy/new",
    `<h1 data-testid="page-heading">x</h1><form><input id="token-name"><div class="gl-datepicker"><input type="text" value="2026-12-20"></div><fieldset><ul>${SCOPES.map((scope) => `<li data-testid="${scope}">${box('value="true"', scope)}</li>`).join("")}</ul></fieldset></form>`,
  );

/** The page for a fine-grained token. */
export const FINE_GRAINED = () => {
  const list = (items) => `<div class="gl-new-dropdown"><button type="button">x</button><ul>${items.map((item) => `<li role="option" tabindex="-1" class="gl-new-dropdown-item" aria-selected="false" data-testid="listbox-item-${item}"><span>x</span></li>`).join("")}</ul></div>`;
  return page(
    "user_settings:personal_access_tokens:granular_new",
    "/-/user_settings/personal_access_tokens/granular/new",
    `<form class="js-quick-submit"><input id="token-name" value="planted-name"><textarea id="token-description">planted-text</textarea><div class="gl-datepicker"><input type="text" class="gl-form-input" value=""></div>
<div role="radiogroup" id="group-access">${["PERSONAL_PROJECTS", "ALL_MEMBERSHIPS", "SELECTED_MEMBERSHIPS"].map((value) => radio("", value, "__g")).join("")}</div>
<div data-testid="category-ci"><div data-testid="resource-name">Job</div>${list(["read_job", "run_job"])}</div><div data-testid="category-code"><div data-testid="resource-name">Code</div>${list(["download_code", "push_code"])}</div></form>`,
  );
};

/** Deploy tokens of a project. */
export const DEPLOY = () =>
  page(
    "projects:settings:repository:show",
    "/acme/payments/api/-/settings/repository",
    `<section id="js-deploy-tokens" class="settings expanded"><div data-testid="crud-form"><div class="form-group"><input id="deploy_token_name" name="deploy_token_name" type="text" value=""></div>
<div class="form-group"><input id="deploy_token_expires_at" name="deploy_token_expires_at" type="text" value=""></div><div class="form-group"><input id="deploy_token_username" type="text" value="planted-user"></div>
<div id="deploy-token-scopes">${["read_repository", "read_registry", "write_registry", "read_package_registry", "write_package_registry"].map((scope) => box(`id="deploy_token_${scope}" name="deploy_token_${scope}" value="true"`, scope)).join("")}</div></div></section>`,
  );

/** CI/CD settings with the forms for a variable, a trigger token and an allowlist entry open. */
export const CICD = () =>
  page(
    "projects:settings:ci_cd:show",
    "/acme/payments/api/-/settings/ci_cd",
    `<section id="js-cicd-variables-settings"></section>
<section id="js-pipeline-triggers"><div data-testid="crud-form"><form action="/acme/payments/api/-/triggers" method="post"><input type="text" name="trigger[description]" id="trigger_description" value="planted-description"><div class="js-access-tokens-expires-at"><div class="gl-datepicker"><input type="text" class="gl-datepicker-input" name="trigger[expires_at]" value=""></div></div></form></div></section>
<section id="js-token-access"><div role="radiogroup">${radio("", "false", "__m")}${radio("", "true", "__m", "checked")}</div>
<div><input id="namespace-input" type="text" value="planted/path"></div><div role="radiogroup">${radio("default-radio", "true", "__p", "checked")}${radio("fine-grained-radio", "false", "__p")}</div>
<ul data-testid="resources-dropdowns"><li>x<ul><li role="option" aria-selected="true" data-testid="listbox-item-"></li><li role="option" aria-selected="false" data-testid="listbox-item-READ_PACKAGES"></li><li role="option" aria-selected="false" data-testid="listbox-item-ADMIN_PACKAGES"></li></ul></li></ul></section>
<aside class="gl-drawer" data-testid="ci-variable-drawer"><h2>x</h2><div data-testid="environment-scope"><ul><li role="option" aria-selected="true" data-testid="listbox-item-*"></li><li role="option" aria-selected="false" data-testid="listbox-item-production"></li></ul></div>
<div data-testid="ci-variable-visibility" role="radiogroup">${radio("ci-variable-visible-radio", "visible", "__v")}${radio("ci-variable-masked-radio", "masked", "__v", "checked")}${radio("ci-variable-masked-and-hidden-radio", "hidden", "__v")}</div>
${box('data-testid="ci-variable-protected-checkbox" value="true"', "x")}${box('data-testid="ci-variable-expanded-checkbox" value="true" checked', "x")}
<div data-testid="ci-variable-key"><input type="text" value="planted_key"></div><textarea data-testid="ci-variable-value">planted-value</textarea><ul><li>The value cannot contain: planted-characters</li></ul><input id="ci-variable-description" value="planted-note"></aside>`,
  );
