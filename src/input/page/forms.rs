//! Forms that are open on a page: what is about to be created, by what is ticked.
//!
//! Read by the names, numbers and values that GitLab's own scripts use, which are not translated. A form that is folded
//! away is not open. Nothing that somebody typed is read, but for a day.

use super::reader::{Reader, is_scope};
use crate::catalog::{Role, Scope, TokenType};
use crate::input::html::{Attribute, Element, GIVEN_TO_JOBS};
use crate::inventory::{Draft, DraftKind, Inventory, PageKind, Policy, Reach, Visibility};
use crate::text::Name;
use crate::time::Date;

/// The radio buttons of the form for an allowlist entry.
const ENTRY_RADIOS: [&str; 2] = ["default-radio", "fine-grained-radio"];

/// Does it belong to the form for an allowlist entry? Its values are the same words as those of the choice above the list.
pub(super) fn is_of_entry(input: Element<'_>) -> bool {
    let marked = |element: &Element<'_>| element.test_id().is_some_and(|id| ENTRY_RADIOS.contains(&id));
    // The mark stands on the button itself or on the element around it and its label.
    input.closest(marked).is_some()
}

/// Reads the forms of this page into `inventory`.
pub(super) fn read(reader: &Reader<'_>, kind: PageKind, inventory: &mut Inventory) {
    let drafts = match kind {
        PageKind::UserAccessTokenForm => vec![new_token_page(reader)],
        PageKind::UserAccessTokens => vec![access_token(reader, TokenType::PersonalAccessToken)],
        PageKind::ServiceAccountTokens => vec![access_token(reader, TokenType::ServiceAccountToken)],
        PageKind::ProjectAccessTokens => vec![access_token(reader, TokenType::ProjectAccessToken)],
        PageKind::GroupAccessTokens => vec![access_token(reader, TokenType::GroupAccessToken)],
        PageKind::ImpersonationTokens => vec![access_token(reader, TokenType::ImpersonationToken)],
        PageKind::ProjectRepositorySettings | PageKind::GroupRepositorySettings => vec![deploy_token(reader)],
        PageKind::ProjectCicdSettings => vec![variable(reader), trigger(reader), allowlist_entry(reader)],
        PageKind::GroupCicdSettings | PageKind::AdminCicdSettings => vec![variable(reader)],
        _ => Vec::new(),
    };
    inventory.about_to_create = drafts.into_iter().flatten().collect();
}

/// A page that is nothing but a form. After the token was made, its place is taken by the token.
fn new_token_page(reader: &Reader<'_>) -> Option<Draft> {
    let made = inputs(reader).any(|input| input.is_test_id("created-personal-access-token-field"));
    let fine_grained = reader.gitlab.data_page.is_some_and(|page| page.contains("granular"));
    match (made, fine_grained) {
        (true, _) => None,
        (false, true) => Some(fine_grained_token(reader)),
        (false, false) => {
            let root = reader.document.first(|element| element.is("main") || element.is("body"))?;
            Some(token_in(root, TokenType::PersonalAccessToken))
        }
    }
}

fn access_token(reader: &Reader<'_>, kind: TokenType) -> Option<Draft> {
    let by_id =
        reader.document.first(|element| matches!(element.id(), Some("js-new-access-token-form" | "token-create-form")));
    // 13 and older gave the form no id.
    let form = by_id.or_else(|| {
        let scope = inputs(reader).find(|input| is_type(input, "checkbox") && is_named(input, "[scopes][]"))?;
        scope.closest(|outer| outer.is("form"))
    })?;
    is_open(form).then(|| token_in(form, kind)).filter(|draft| draft.offered_scopes.is_some())
}

fn token_in(form: Element<'_>, kind: TokenType) -> Draft {
    let mut draft = Draft::new(DraftKind::Token(kind));
    choose(&mut draft, form, scope_of_checkbox);
    draft.role = form
        .first(|inner| inner.is("select") && (is_named(inner, "[access_level]") || is_named(inner, "access_level")))
        .and_then(|select| {
            let chosen = select.first(|option| option.is("option") && option.has(Attribute::Selected));
            // A browser shows the first option where none is chosen.
            let option = chosen.or_else(|| select.by_name("option"))?;
            Some(Role::from_number(option.number(Attribute::Value)?))
        });
    expiry(&mut draft, form);
    draft
}

/// `value="read_api"`; where the value says nothing, the checkbox or its line of the list is named after the scope.
fn scope_of_checkbox(input: Element<'_>) -> Option<&str> {
    let value = input.attribute(Attribute::Value).filter(|value| is_scope(value) && !matches!(*value, "true" | "on"));
    let named = || input.test_id()?.strip_suffix("-checkbox");
    let listed = || input.closest(|outer| outer.is("li"))?.test_id();
    value.or_else(named).or_else(listed).filter(|scope| is_scope(scope))
}

/// Notes the checkboxes below `form` that `scope_of` knows.
fn choose<'d>(draft: &mut Draft, form: Element<'d>, scope_of: impl Fn(Element<'d>) -> Option<&'d str>) {
    let (mut offered, mut chosen) = (Vec::new(), Vec::new());
    for input in form.descendants().filter(|inner| is_type(inner, "checkbox")) {
        let Some(scope) = scope_of(input).map(Scope::new) else { continue };
        if input.has(Attribute::Checked) {
            chosen.push(scope.clone());
        }
        offered.push(scope);
    }
    if !offered.is_empty() {
        draft.scopes = Some(chosen);
        draft.offered_scopes = Some(offered);
    }
}

fn deploy_token(reader: &Reader<'_>) -> Option<Draft> {
    let first = inputs(reader).find(|input| is_type(input, "checkbox") && deploy_scope(*input).is_some())?;
    let form = first.closest(|outer| {
        outer.is("form")
            || outer.is_test_id("crud-form")
            || outer.id() == Some("js-deploy-tokens")
            || outer.is("section")
    })?;
    if !is_open(first) {
        return None;
    }
    let mut draft = Draft::new(DraftKind::Token(TokenType::DeployToken));
    choose(&mut draft, form, deploy_scope);
    expiry(&mut draft, form);
    let name = form.first(|inner| inner.is("input") && inner.id() == Some("deploy_token_name"));
    draft.given_to_jobs = name.map(|name| name.attribute(Attribute::Value) == Some(GIVEN_TO_JOBS));
    Some(draft)
}

/// `id="deploy_token_read_registry"`, since the first forms.
fn deploy_scope(input: Element<'_>) -> Option<&str> {
    input.id()?.strip_prefix("deploy_token_").filter(|scope| is_scope(scope))
}

fn trigger(reader: &Reader<'_>) -> Option<Draft> {
    let description = inputs(reader).find(|input| input.attribute(Attribute::Name) == Some("trigger[description]"))?;
    let form = description.closest(|outer| outer.is("form") || outer.is_test_id("crud-form") || outer.is("section"))?;
    // Somebody who looks at a token that exists is not about to create one.
    let edits = form.first(|inner| inner.attribute(Attribute::Name) == Some("_method")).is_some();
    if edits || !is_open(description) {
        return None;
    }
    let mut draft = Draft::new(DraftKind::Token(TokenType::PipelineTriggerToken));
    expiry(&mut draft, form);
    Some(draft)
}

fn variable(reader: &Reader<'_>) -> Option<Draft> {
    let form = reader.document.first(|element| {
        matches!(element.test_id(), Some("ci-variable-drawer" | "ci-variable-modal"))
            || element.id() == Some("add-ci-variable")
    })?;
    // The form for a variable that exists has a button to delete it.
    if form.by_test_id("ci-variable-delete-button").is_some() || !is_open(form) {
        return None;
    }
    let control = |id: &str, kind: &str| {
        let marked = form.by_test_id(id)?;
        if is_type(&marked, kind) { Some(marked) } else { marked.first(|inner| is_type(inner, kind)) }
    };
    let state = |id: &str, kind: &str| control(id, kind).map(|input| input.has(Attribute::Checked));
    let mut draft = Draft::new(DraftKind::CiVariable);
    let choices = [
        ("ci-variable-masked-and-hidden-radio", Visibility::MaskedAndHidden),
        ("ci-variable-masked-radio", Visibility::Masked),
        ("ci-variable-visible-radio", Visibility::Visible),
    ];
    draft.visibility = choices.into_iter().find(|(id, _)| state(id, "radio") == Some(true)).map(|(_, chosen)| chosen);
    if draft.visibility.is_none() {
        // A checkbox until 17.
        draft.visibility = state("ci-variable-masked-checkbox", "checkbox")
            .map(|masked| if masked { Visibility::Masked } else { Visibility::Visible });
    }
    draft.protected = state("ci-variable-protected-checkbox", "checkbox");
    let environment = form.first(|inner| inner.is_test_id("environment-scope")).and_then(selected_item);
    draft.environment_scope = environment.map(|scope| reader.name(scope));
    Some(draft)
}

fn allowlist_entry(reader: &Reader<'_>) -> Option<Draft> {
    let section = reader.document.first(|element| element.id() == Some("js-token-access"))?;
    let field = section.first(|inner| inner.is("input") && inner.id() == Some("namespace-input"));
    let radio = |id: &str| {
        let marked = section.by_test_id(id)?;
        if is_type(&marked, "radio") { Some(marked) } else { marked.first(|inner| is_type(inner, "radio")) }
    };
    let [default, fine_grained] = ENTRY_RADIOS.map(radio);
    let shown = field.or(default).or(fine_grained)?;
    // An entry that exists has its path in a field that cannot be changed.
    if !is_open(shown) || field.is_some_and(|field| field.has(Attribute::Disabled)) {
        return None;
    }
    let mut draft = Draft::new(DraftKind::AllowlistEntry);
    let state = |input: Option<Element<'_>>| input.map(|input| input.has(Attribute::Checked));
    draft.default_permissions = match (state(default), state(fine_grained)) {
        (Some(true), _) => Some(true),
        (_, Some(true)) => Some(false),
        // Before fine-grained permissions an entry let in everything.
        (None, None) => Some(true),
        _ => None,
    };
    if draft.default_permissions == Some(false) {
        let policies = section.descendants().filter_map(item_of).filter(|(_, chosen)| *chosen);
        draft.policies = Some(policies.filter_map(|(value, _)| policy(reader, value)).collect());
    }
    Some(draft)
}

/// `READ_PACKAGES`, as GraphQL writes it.
fn policy(reader: &Reader<'_>, value: &str) -> Option<Policy> {
    let (action, resource) = value.split_once('_')?;
    let known = matches!(action, "READ" | "ADMIN")
        && !resource.is_empty()
        && resource.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let name = |text: &str| reader.name(&text.to_ascii_lowercase());
    known.then(|| Policy { action: name(action), resource: name(resource) })
}

fn fine_grained_token(reader: &Reader<'_>) -> Draft {
    let mut draft = Draft::new(DraftKind::Token(TokenType::FineGrainedPersonalAccessToken));
    let reaches = [
        ("PERSONAL_PROJECTS", Reach::PersonalProjects),
        ("SELECTED_MEMBERSHIPS", Reach::SelectedMemberships),
        ("ALL_MEMBERSHIPS", Reach::AllMemberships),
    ];
    let chosen = inputs(reader).filter(|input| is_type(input, "radio") && input.has(Attribute::Checked));
    draft.reach = chosen
        .filter_map(|input| input.attribute(Attribute::Value))
        .find_map(|value| reaches.iter().find(|(word, _)| *word == value).map(|(_, reach)| *reach));
    // A permission that is in use is a chosen line of its resource's list.
    let mut permissions: Vec<Name> = Vec::new();
    for value in reader.document.elements().filter_map(item_of).filter(|(_, chosen)| *chosen).map(|(value, _)| value) {
        let is_permission = value.contains('_') && is_scope(value);
        let name = reader.name(value);
        if is_permission && !permissions.contains(&name) {
            permissions.push(name);
        }
    }
    draft.permissions = Some(permissions);
    if let Some(root) = reader.document.first(|element| element.is("main") || element.is("body")) {
        expiry(&mut draft, root);
    }
    draft
}

/// The day in a form's date field.
fn expiry(draft: &mut Draft, form: Element<'_>) {
    let field = form.descendants().filter(|inner| inner.is("input")).find(is_date_field);
    let Some(field) = field else { return };
    let value = field.attribute(Attribute::Value).unwrap_or_default();
    draft.expires_on = Date::parse(value);
    // What is typed and is no day yet is not known.
    draft.without_expiry = if value.is_empty() { Some(true) } else { draft.expires_on.map(|_| false) };
}

fn is_date_field(input: &Element<'_>) -> bool {
    let id = input.id().unwrap_or_default();
    is_named(input, "[expires_at]")
        || id.ends_with("expires_at")
        || id.ends_with("expiresAt")
        || input.has_class("gl-datepicker-input")
        || input.closest(|outer| outer.has_class("gl-datepicker") || outer.is_test_id("expiry-date-field")).is_some()
}

/// The value of a line of a list to choose from, and whether it is chosen.
fn item_of(element: Element<'_>) -> Option<(&str, bool)> {
    let value = element.test_id()?.strip_prefix("listbox-item-")?;
    Some((value, element.attribute(Attribute::AriaSelected) == Some("true")))
}

fn selected_item(outer: Element<'_>) -> Option<&str> {
    outer.descendants().filter_map(item_of).find(|(_, chosen)| *chosen).map(|(value, _)| value)
}

fn inputs<'d>(reader: &Reader<'d>) -> impl Iterator<Item = Element<'d>> {
    reader.document.elements().filter(|element| element.is("input"))
}

fn is_type(element: &Element<'_>, kind: &str) -> bool {
    element.is("input") && element.attribute(Attribute::Type) == Some(kind)
}

fn is_named(element: &Element<'_>, end: &str) -> bool {
    element.attribute(Attribute::Name).is_some_and(|name| name.ends_with(end))
}

/// Is it on the screen? The capture takes only what is; a saved page keeps the class that folds a form away.
fn is_open(element: Element<'_>) -> bool {
    element
        .closest(|outer| {
            ["gl-hidden", "hidden", "d-none", "gl-display-none"].iter().any(|class| outer.has_class(class))
        })
        .is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::AccessLevel;
    use crate::{Context, Input, audit};

    /// What is read of a page with this content.
    fn inventory(data_page: &str, main: &str) -> Inventory {
        let html = format!(
            "<html lang=\"ja\"><head><meta property=\"og:site_name\" content=\"GitLab\"><script>window.gon={{}};gon.api_version=\"v4\";\
             </script></head><body data-page=\"{data_page}\" data-project-full-path=\"a/b\"><main>{main}</main></body></html>"
        );
        let mut report = audit(vec![Input::new("page.html", html)], &Context::new(crate::samples::today()));
        report.inventories.remove(0).1
    }

    fn drafts(data_page: &str, main: &str) -> Vec<Draft> {
        inventory(data_page, main).about_to_create
    }

    const SCOPES: &str = r#"<input type="checkbox" name="x[scopes][]" value="api"><input type="checkbox" checked name="x[scopes][]" value="read_moon">"#;

    #[test]
    fn a_form_of_any_age_is_read_by_its_names() {
        let forms = [
            format!(
                r#"<form id="js-new-access-token-form"><select name="x[access_level]"><option value="20"></option><option value="40" selected></option></select><input name="x[expires_at]" type="text" value="2027-01-31">{SCOPES}</form>"#
            ),
            format!(
                r#"<form>{SCOPES}<select name="x[access_level]"><option value="40"></option><option value="50"></option></select><input id="x_expires_at" value="2027-01-31"></form>"#
            ),
            format!(
                r#"<form id="token-create-form"><select name="access_level"><option selected value="40"></option></select><div class="gl-datepicker"><input value="2027-01-31"></div>{SCOPES}</form>"#
            ),
        ];
        for form in forms {
            let draft = drafts("projects:settings:access_tokens:create", &form).remove(0);
            assert_eq!(draft.kind, DraftKind::Token(TokenType::ProjectAccessToken));
            assert_eq!(draft.scopes, Some(vec![Scope::new("read_moon")]), "{form}");
            assert_eq!(draft.offered_scopes.map(|all| all.len()), Some(2));
            assert_eq!(draft.role, Some(Role::Known(AccessLevel::MAINTAINER)), "{form}");
            assert_eq!((draft.expires_on, draft.without_expiry), (Date::parse("2027-01-31"), Some(false)), "{form}");
        }
    }

    #[test]
    fn what_is_folded_or_about_something_that_exists_is_no_draft() {
        let folded = format!(r#"<div class="gl-hidden"><form id="js-new-access-token-form">{SCOPES}</form></div>"#);
        assert_eq!(drafts("groups:settings:access_tokens:index", &folded), []);
        let radios = r#"<input type="radio" data-testid="default-radio" value="true"><input type="radio" data-testid="fine-grained-radio" value="false" checked>"#;
        let edited = [
            r#"<div data-testid="ci-variable-drawer"><input type="checkbox" data-testid="ci-variable-protected-checkbox"><button data-testid="ci-variable-delete-button"></button></div>"#.to_owned(),
            r#"<form id="js-pipeline-triggers"><input type="hidden" name="_method" value="put"><input name="trigger[description]"></form>"#.to_owned(),
            format!(r#"<section id="js-token-access"><input id="namespace-input" disabled value="a/b">{radios}</section>"#),
        ];
        for main in edited {
            assert_eq!(drafts("projects:settings:ci_cd:show", &main), [], "{main}");
        }
    }

    #[test]
    fn the_form_for_an_entry_is_not_taken_for_the_setting() {
        let main = r#"<section id="js-token-access"><input type="radio" value="false" checked name="m"><input type="radio" value="true" name="m">
            <input id="namespace-input"><div data-testid="default-radio"><input type="radio" value="true" checked name="p"></div>
            <div data-testid="fine-grained-radio"><input type="radio" value="false" name="p"></div></section>"#;
        let read = inventory("projects:settings:ci_cd:show", main);
        assert_eq!(read.about_to_create.first().and_then(|draft| draft.default_permissions), Some(true));
        assert_eq!(read.job_token.unwrap().mode, Some(crate::inventory::JobTokenMode::AllGroupsAndProjects));
        // An instance that enforces the allowlist shows no choice, but still the form.
        let enforced = r#"<section id="js-token-access"><b data-testid="group-count">1</b><input id="namespace-input">
            <input type="radio" data-testid="default-radio" value="true" checked></section>"#;
        let settings = inventory("projects:settings:ci_cd:show", enforced).job_token.unwrap();
        assert_eq!(settings.enforced_by_instance, Some(true));
    }

    #[test]
    fn a_variable_of_17_has_a_checkbox_for_masking() {
        let main = r#"<div id="add-ci-variable"><input type="checkbox" data-testid="ci-variable-masked-checkbox" checked>
            <div data-testid="ci-variable-protected-checkbox"><input type="checkbox"></div></div>"#;
        let draft = drafts("groups:settings:ci_cd:show", main).remove(0);
        assert_eq!((draft.visibility, draft.protected), (Some(Visibility::Masked), Some(false)));
    }

    #[test]
    fn what_somebody_typed_is_not_in_the_draft() {
        let token = crate::fake::expand("{{personal_access_token}}");
        let main = format!(
            r#"<form id="js-new-access-token-form"><input name="x[name]" value="{token}"><input name="x[expires_at]" value="{token}">
               <input type="checkbox" name="x[scopes][]" value="{token}">{SCOPES}</form>"#
        );
        let draft = drafts("projects:settings:access_tokens:index", &main).remove(0);
        assert_eq!((draft.expires_on, draft.without_expiry), (None, None), "typed, and no day");
        assert_eq!(draft.offered_scopes.as_ref().map(Vec::len), Some(2));
        assert!(!serde_json::to_string(&draft).unwrap().contains(&token));
    }
}
