//! GitLab pages through the whole core: what is read from them, and what is not let out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice
)]

use std::fs;
use std::path::{Path, PathBuf};

use leastwise::inventory::Inventory;
use leastwise::time::Date;
use leastwise::{Context, Input, Report, audit, fake};
use proptest::prelude::*;
use serde_json::Value;

fn context() -> Context {
    Context::new(Date::new(2026, 11, 20).unwrap())
}

fn report(name: &str, html: impl Into<Vec<u8>>) -> Report {
    audit(vec![Input::new(name, html)], &context())
}

fn inventory(report: &Report) -> &Inventory {
    &report.inventories.first().expect("an inventory").1
}

fn shared(folder: &str) -> Option<PathBuf> {
    // The browser tests know the same variable.
    let told = std::env::var_os("LEASTWISE_PAGES").filter(|_| folder == "pages").map(PathBuf::from);
    let path = told.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder));
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// Everything in `want` must be in `got`, by the same name; notes and what a document cannot tell aside.
fn compare(path: &str, want: &Value, got: &Value, differences: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(want), got) if got.is_object() || (got.is_null() && !want.is_empty()) => {
            for (key, value) in want {
                let here = format!("{path}.{key}");
                let about_the_capture = key.ends_with("_note")
                    || matches!(
                        key.as_str(),
                        "fixture"
                            | "origin_of_markup"
                            | "fields_shown_only_as_localised_text"
                            | "captured_at"
                            | "browser_timezone"
                            | "note"
                    );
                if !about_the_capture {
                    compare(&here, value, got.get(key).unwrap_or(&Value::Null), differences);
                }
            }
        }
        (Value::Array(want), Value::Array(got)) => {
            if want.len() != got.len() {
                differences.push(format!("{path}: {} entries wanted, {} read", want.len(), got.len()));
            }
            for (number, (want, got)) in want.iter().zip(got).enumerate() {
                compare(&format!("{path}[{number}]"), want, got, differences);
            }
        }
        (want, got) if want == got => {}
        (want, got) => differences.push(format!("{path}: wanted {want}, read {got}")),
    }
}

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pages")
}

fn pages_of(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "html"));
    paths.sort();
    paths
}

/// The pages of this repository have placeholders where a page holds live values.
fn html(path: &Path) -> String {
    fake::expand(&fs::read_to_string(path).unwrap())
}

#[test]
fn every_shared_page_is_read_exactly() {
    let Some(folder) = shared("pages") else { return };
    all_read_exactly(&folder);
}

#[test]
fn every_page_of_this_repository_is_read_exactly() {
    all_read_exactly(&own());
}

fn all_read_exactly(folder: &Path) {
    let mut differences = Vec::new();
    let mut pages = 0;
    for path in &pages_of(folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let want = fs::read_to_string(path.with_extension("expected.json")).unwrap();
        let mut want: Value = serde_json::from_str(&want).unwrap();
        if want["page"]["is_gitlab"] == Value::Bool(false) {
            // A page that is not GitLab's does not say its own address.
            want["page"].as_object_mut().unwrap().remove("url");
        }
        let report = report(&name, html(path));
        let got = serde_json::to_value(inventory(&report)).unwrap();
        compare(&name, &want, &got, &mut differences);
        pages += 1;
    }
    println!("{pages} pages");
    assert!(pages > 0);
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

fn messages(report: &Report) -> Vec<String> {
    report.blind_spots.iter().map(|spot| spot.message.to_string()).collect()
}

fn says(report: &Report, words: &str) -> bool {
    messages(report).iter().any(|message| message.contains(words))
}

/// What each page does not tell is said, and says what to click.
#[test]
fn blind_spots_of_the_pages_of_this_repository() {
    let mut out = String::new();
    for path in pages_of(&own()) {
        let report = report("page.html", html(&path));
        let input = &report.inputs[0];
        out.push_str(&format!(
            "{}: {} ({:?})\n",
            path.file_stem().unwrap().to_string_lossy(),
            input.format,
            input.status
        ));
        for message in messages(&report) {
            out.push_str(&format!("  {message}\n"));
        }
    }
    insta::assert_snapshot!(out);
}

/// A page in the structure that GitLab's has, with `main` as its content.
fn page(data_page: &str, attributes: &str, main: &str) -> String {
    format!(
        r#"<!DOCTYPE html><html lang="en"><head><meta content="GitLab" property="og:site_name">
<meta content="https://gitlab.example.com/a/b/-/settings/access_tokens" property="og:url">
<script>window.gon={{}};gon.api_version="v4";gon.relative_url_root="";gon.pat_prefix="acme-pat-";gon.version="18.9.0";gon.current_user_id=1;gon.current_username="dana";</script></head>
<body data-page="{data_page}" data-project="b" data-project-full-path="a/b" data-project-id="8" {attributes}><main>{main}</main></body></html>"#
    )
}

fn token_row(number: usize, name: &str) -> String {
    let cells = [
        format!("<span>{name}</span>"),
        "-".into(),
        "api".into(),
        "<span>Feb 11, 2026</span>".into(),
        "Never".into(),
        "-".into(),
        r#"<time datetime="Wed Feb 10 2027 00:00:00 GMT+0000 (UTC)">x</time>"#.into(),
        "Developer".into(),
        format!(r#"<a href="/a/b/-/settings/access_tokens/{number}/revoke" data-testid="revoke-button"></a>"#),
    ];
    let cells: String = cells
        .iter()
        .enumerate()
        .map(|(index, cell)| format!(r#"<td aria-colindex="{}">{cell}</td>"#, index + 1))
        .collect();
    format!("<tr>{cells}</tr>")
}

fn token_table(columns: usize, rows: &str) -> String {
    format!(
        r#"<table data-testid="active-tokens" aria-colcount="{columns}" aria-busy="false"><tbody>{rows}</tbody></table>"#
    )
}

const PROJECT: &str = "projects:settings:access_tokens:index";

#[test]
fn two_hundred_rows_keep_their_order_numbers_and_places() {
    let rows: String = (0..200).map(|number| token_row(number, &format!("token {number}"))).collect();
    let html = page(PROJECT, "", &token_table(9, &rows));
    let report = report("page.html", html.clone());
    let tokens = &inventory(&report).tokens;
    assert_eq!(tokens.len(), 200);
    for (number, token) in tokens.iter().enumerate() {
        assert_eq!(token.row, Some(u32::try_from(number).unwrap()));
        assert_eq!(token.id, Some(number as u64));
        let place = html.get(token.span.unwrap().range()).unwrap();
        assert!(
            place.starts_with("<tr>") && place.ends_with("</tr>") && place.contains(&format!("token {number}<")),
            "{place}"
        );
    }
    assert_eq!(report.inputs[0].rows, Some(200));
}

#[test]
fn names_may_be_anything() {
    let long = "ä".repeat(255);
    let names = [
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("pay\u{202e}load", "pay\u{202e}load"),
        ("a&amp;amp;b", "a&amp;b"),
        ("  two   blanks ", "two blanks"),
        ("😀 &quot;q&quot;", "😀 \"q\""),
        (long.as_str(), long.as_str()),
        ("", ""),
    ];
    let rows: String = names.iter().enumerate().map(|(number, (html, _))| token_row(number, html)).collect();
    let report = report("page.html", page(PROJECT, "", &token_table(9, &rows)));
    let read: Vec<_> =
        inventory(&report).tokens.iter().map(|token| token.name.as_ref().unwrap().as_str().to_owned()).collect();
    assert_eq!(read, names.map(|(_, want)| want.to_owned()));
}

#[test]
fn a_credential_as_a_name_is_masked_with_the_instances_own_prefix_too() {
    let standard = fake::expand("{{personal_access_token}}");
    let own = standard.replace("glpat-", "acme-pat-");
    let report =
        report("page.html", page(PROJECT, "", &token_table(9, &(token_row(1, &standard) + &token_row(2, &own)))));
    let json = serde_json::to_string(inventory(&report)).unwrap();
    let body = standard.strip_prefix("glpat-").unwrap();
    assert!(!json.contains(&body[..8]) && !json.contains(&body[12..]), "{json}");
    // And the search for credentials in the page itself knows the prefix.
    assert!(report.findings.iter().filter(|finding| finding.token.is_some()).count() >= 1);
}

#[test]
fn an_unknown_layout_says_so_and_shifts_no_column() {
    let extra = token_row(7, "seven").replace("</tr>", "<td aria-colindex=\"10\">new</td></tr>");
    let report = report("page.html", page(PROJECT, "", &token_table(10, &extra)));
    let token = &inventory(&report).tokens[0];
    assert_eq!((token.name.as_ref().unwrap().as_str(), token.id), ("seven", Some(7)));
    assert_eq!((&token.scopes, token.expires_on, &token.role, &token.status), (&None, None, &None, &None));
    assert!(says(&report, "layout is not known here") && says(&report, "not an all-clear"), "{:?}", messages(&report));
    assert_eq!(report.inputs[0].status, leastwise::input::Status::Partly);
}

#[test]
fn a_table_whose_rows_do_not_match_its_count_is_not_read_by_column() {
    let short = token_row(7, "seven").replace(r#"<td aria-colindex="2">-</td>"#, "");
    let report = report("page.html", page(PROJECT, "", &token_table(9, &short)));
    assert_eq!(inventory(&report).tokens[0].scopes, None);
    assert!(says(&report, "not an all-clear"));
}

#[test]
fn a_page_without_its_table_is_no_all_clear() {
    for main in ["", "<table><tr><td>x</td></tr></table>", "<div data-initial-active-access-tokens='not json'></div>"] {
        let report = report("page.html", page(PROJECT, "", main));
        assert!(inventory(&report).tokens.is_empty());
        assert!(says(&report, "not an all-clear"), "{main}: {:?}", messages(&report));
    }
    for data_page in [
        "user_settings:personal_access_tokens:index",
        "projects:settings:repository:show",
        "projects:settings:ci_cd:show",
        "admin:credentials:index",
        "groups:settings:service_accounts:index",
        "projects:hooks:index",
        "projects:hooks:edit",
        "projects:jobs:show",
        "admin:runners:index",
    ] {
        let report = report("page.html", page(data_page, "", ""));
        assert!(!report.blind_spots.is_empty(), "{data_page}");
        assert_eq!(report.inputs[0].rows, Some(0), "{data_page}");
    }
}

#[test]
fn a_busy_table_and_a_filter_are_said() {
    let busy = token_table(9, r#"<tr class="b-table-busy-slot"><td colspan="9">…</td></tr>"#)
        .replace(r#"aria-busy="false""#, r#"aria-busy="true""#);
    assert!(says(&report("page.html", page(PROJECT, "", &busy)), "still loading"));
    let filtered = page(PROJECT, "", &token_table(9, ""))
        .replace("/access_tokens\" property", "/access_tokens?revoked=true&amp;search=x\" property");
    let report = report("page.html", filtered);
    assert!(says(&report, "filtered by revoked and search"), "{:?}", messages(&report));
    assert!(!serde_json::to_string(inventory(&report)).unwrap().contains("search=x"));
}

#[test]
fn a_count_above_the_rows_is_said() {
    let main = r#"<span class="js-token-count">3</span>"#.to_owned() + &token_table(9, &token_row(1, "one"));
    assert!(says(&report("page.html", page(PROJECT, "", &main)), "Only 1 of 3 active token"));
}

#[test]
fn look_alikes_and_other_pages_give_no_rows() {
    let whole = page(PROJECT, "", &token_table(9, &token_row(1, "one")));
    for damaged in [
        whole.replace("GitLab\"", "TokenVault\""),
        whole.replace("window.gon={};gon.api_version", "window.gone={};gone.api_version"),
        whole.replace(PROJECT, "projects:show"),
        whole.replace(PROJECT, "projects:settings:access_tokens_archive:index"),
        whole.replace(&format!("data-page=\"{PROJECT}\""), ""),
    ] {
        let report = report("page.html", damaged);
        assert_eq!(inventory(&report).rows(), 0);
        assert!(!report.blind_spots.is_empty());
        assert_eq!(report.inputs[0].status, leastwise::input::Status::Unreadable);
    }
}

#[test]
fn a_page_saved_by_a_browser_does_not_pretend_to_know_what_is_checked() {
    let main = r#"<section id="js-token-access"><input type="radio" value="false"><input type="radio" value="true"><a data-testid="token-access-name">a/b</a>
        <input type="checkbox"></section>"#;
    let report = report("page.html", page("projects:settings:ci_cd:show", "", main));
    let settings = inventory(&report).job_token.clone().unwrap();
    assert_eq!((settings.mode, settings.push_to_repository_allowed), (None, None));
    assert!(
        says(&report, "does not tell which choice is set") && says(&report, "may push to the repository is unknown"),
        "{:?}",
        messages(&report)
    );
}

/// Somebody clicked *Reveal values* before looking.
#[test]
fn revealed_values_are_not_read() {
    let planted = fake::expand("{{pipeline_trigger_token 5}}");
    let main = format!(
        r#"<section id="js-cicd-variables-settings"><table data-testid="ci-variable-table"><tbody><tr class="js-ci-variable-row">
        <td aria-colindex="1"><div data-testid="ci-variable-table-row-variable"><span id="ci-variable-key-1">KEY</span></div></td>
        <td aria-colindex="2"><div><span data-testid="revealedValue">{planted}</span></div></td><td aria-colindex="3"><span id="ci-variable-env-1">*</span></td><td></td></tr></tbody></table></section>
        <section id="js-pipeline-triggers"><table class="gl-table" aria-colcount="6"><tbody><tr><td><span>{planted}</span><button data-clipboard-text="{planted}"></button></td><td>x</td><td></td><td></td><td></td>
        <td><a href="/a/b/-/triggers/5">x</a></td></tr></tbody></table></section><input id="token-value" value="{planted}">"#
    );
    let report = report("page.html", page("projects:settings:ci_cd:show", "", &main));
    let read = inventory(&report);
    assert_eq!(read.variables[0].hidden, Some(false));
    assert_eq!((read.trigger_tokens[0].id, read.trigger_tokens[0].secret_in_document), (Some(5), Some(true)));
    assert_eq!(read.registration_token_in_document, Some(true));
    assert_eq!(leaks(&report, planted.strip_prefix("glptt-").unwrap()), None);
    // Not masked, but never looked at: a value of no known kind does not come out either.
    let plain = page("projects:settings:ci_cd:show", "", &main.replace(&planted, "correct horse battery"));
    assert_eq!(leaks(&self::report("page.html", plain), "correct horse battery"), None);
}

#[test]
fn two_rows_of_one_name_do_not_share_a_drawer() {
    let row = |expiry: &str| {
        format!(
            r#"<tr><td aria-colindex="1"><button>same</button></td><td aria-colindex="2"></td><td aria-colindex="3"><div data-testid="token-expiry">Expires: {expiry}</div></td><td aria-colindex="4"></td></tr>"#
        )
    };
    let drawer = r#"<aside class="gl-drawer"><div class="gl-drawer-body"><div><div>Name</div><div>same</div><div>Description</div><div>x</div><div>Expires</div><div>Jan 4, 2027</div><div>Last used</div><div>Never</div></div>
        <div><span data-testid="error-icon"></span><div><svg data-testid="check-sm-icon"></svg> READ API </div></div></div></aside>"#;
    let user = "user_settings:personal_access_tokens:index";
    let table = |rows: String| format!(r#"<table aria-colcount="4"><tbody>{rows}</tbody></table>{drawer}"#);
    let report_one = report("page.html", page(user, "", &table(row("Jan 4, 2027") + &row("Never"))));
    let tokens = &inventory(&report_one).tokens;
    assert_eq!(tokens[0].scopes.as_ref().unwrap()[0].as_str(), "read_api");
    assert_eq!(tokens[1].scopes, None);
    let report_two = report("page.html", page(user, "", &table(row("Jan 4, 2027") + &row("Jan 4, 2027"))));
    assert!(inventory(&report_two).tokens.iter().all(|token| token.scopes.is_none()));
    assert!(says(&report_two, "which of them it describes is unknown"));
}

#[test]
fn much_of_anything_gets_an_answer() {
    for text in [
        "<".repeat(500_000),
        "<div>".repeat(100_000),
        page(PROJECT, "", &"<td data-testid=active-tokens class='a b'>".repeat(200_000)),
    ] {
        let report = report("page.html", format!("<!DOCTYPE html>{text}"));
        assert!(!report.blind_spots.is_empty());
    }
}

/// Eight characters in a row of a planted credential, anywhere in what leaves the program.
fn leaks(report: &Report, secret: &str) -> Option<String> {
    let out = format!("{:?}\n{}", report.inventories, serde_json::to_string(inventory(report)).unwrap());
    let body: Vec<char> = secret.chars().collect();
    body.windows(8).map(|window| window.iter().collect::<String>()).find(|piece| out.contains(piece.as_str()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pages with pieces taken out, doubled, or moved to another language: no panic, and nothing of what stands in
    /// values and copy buttons comes out.
    #[test]
    fn damaged_pages_are_read_without_panic_and_without_leak(
        which in 0..1000_usize,
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..400_usize), 0..6),
        words in proptest::collection::vec(prop_oneof![
            Just(("data-testid=", "data-other=")), Just(("aria-colindex", "aria-x")), Just(("aria-colcount=\"9\"", "aria-colcount=\"8\"")),
            Just(("lang=\"en\"", "lang=\"ja\"")), Just(("</td>", "")), Just(("<tbody", "<div")), Just(("datetime=", "data-d=")), Just((">", ">\r\n")),
            Just(("Never", "Nimmer")), Just(("<time", "<span")),
        ], 0..3),
    ) {
        let mut pages = pages_of(&own());
        pages.extend(shared("pages").map(|folder| pages_of(&folder)).unwrap_or_default());
        let planted = fake::expand("{{personal_access_token 77}}");
        let body = planted.strip_prefix("glpat-").unwrap();
        let mut text = html(&pages[which % pages.len()]);
        text = text.replace(" value=\"", &format!(" value=\"{body}")).replace("data-clipboard-text=\"", &format!("data-clipboard-text=\"{body}"));
        text = text.replace("value=\"************", &format!("value=\"{body}"));
        // Name and address of a webhook are shown on purpose.
        text = text.replace(&format!("data-testid=\"webhook-name\" value=\"{body}"), "value=\"").replace(&format!("data-testid=\"webhook-url\" value=\"{body}"), "value=\"");
        let is_form = text.contains("projects:hooks:edit");
        for (from, to) in words {
            text = text.replace(from, to);
        }
        for (at, length) in cuts {
            let start = text.floor_char_boundary(at.index(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, "");
        }
        let report = report("page.html", format!("<!DOCTYPE html>{text}"));
        if !is_form && report.inventories.len() == 1 {
            prop_assert_eq!(leaks(&report, body), None);
        }
    }

    #[test]
    fn any_bytes_as_a_page_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut input = Input::new("page.html", bytes);
        input.kind = Some(leastwise::input::Kind::SettingsPage);
        let report = audit(vec![input], &context());
        prop_assert_eq!(report.inputs.len(), 1);
    }
}

/// What a page shows in GitLab's own words, by language: the columns of the catalog's table.
fn ui_words() -> Vec<(String, Vec<(String, String)>)> {
    let text = include_str!("../src/catalog/ui_words.csv");
    let mut lines = csv::Reader::from_reader(text.as_bytes());
    let languages: Vec<String> = lines.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    let mut out = Vec::new();
    for (column, language) in languages.iter().enumerate() {
        if matches!(language.as_str(), "key" | "en" | "since" | "until" | "source") {
            continue;
        }
        let words = rows.iter().filter_map(|row| {
            // Where a language has no word, GitLab shows the English one.
            let (english, own) = (row.get(1)?, row.get(column)?);
            (!own.is_empty()).then(|| (english.to_owned(), own.to_owned()))
        });
        out.push((language.clone(), words.collect()));
    }
    out
}

/// The page in another language: each text between tags that is one of GitLab's words, or made of them by one of its patterns.
fn translated(html: &str, language: &str, words: &[(String, String)]) -> String {
    let word = |text: &str| words.iter().find(|(english, _)| english == text).map(|(_, own)| own.as_str());
    let pattern = words.iter().find(|(english, _)| english == "%{policy} to %{resource}").map(|(_, own)| own.as_str());
    let swap = |text: &str| -> Option<String> {
        if let Some(own) = word(text) {
            return Some(own.to_owned());
        }
        // `Read and write to Packages`
        if let Some((policy, resource)) = text.split_once(" to ")
            && matches!(policy, "Read" | "Read and write")
        {
            let own = |part: &str| word(part).unwrap_or(part).to_owned();
            let pattern = pattern.unwrap_or("%{policy} to %{resource}");
            return Some(pattern.replace("%{policy}", &own(policy)).replace("%{resource}", &own(resource)));
        }
        // `SSL Verification: enabled`
        let (label, state) = text.split_once(": ")?;
        let own = word(&format!("{label}:"))?;
        Some(format!("{own} {}", word(state).unwrap_or(state)))
    };
    let mut out = String::with_capacity(html.len());
    for (index, part) in html.split('<').enumerate() {
        if index > 0 {
            out.push('<');
        }
        let Some((tag, text)) = part.split_once('>') else {
            out.push_str(part);
            continue;
        };
        out.push_str(tag);
        out.push('>');
        let plain = text.trim();
        match (tag.starts_with("script"), swap(plain)) {
            (false, Some(own)) if !plain.is_empty() => out.push_str(&text.replace(plain, &own)),
            _ => out.push_str(text),
        }
    }
    out.replacen("lang=\"en\"", &format!("lang=\"{language}\""), 1)
}

/// What may differ between two languages of one page: the words that are kept as they stand, and where they stand.
fn without_words(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for key in ["role_text", "lang", "span"] {
                fields.remove(key);
            }
            for field in fields.values_mut() {
                *field = without_words(field.take());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_words(item.take())),
        _ => {}
    }
    value
}

#[test]
fn the_same_page_in_every_language_gives_the_same_rows() {
    let mut folders = vec![own()];
    folders.extend(shared("pages"));
    let (mut pages, mut swapped, mut different) = (0, 0, Vec::new());
    for path in folders.iter().flat_map(|folder| pages_of(folder)) {
        let english = html(&path);
        if !english.contains("lang=\"en\"") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let read = |html: String| without_words(serde_json::to_value(inventory(&report("page.html", html))).unwrap());
        let want = read(english.clone());
        for (language, words) in ui_words() {
            let other = translated(&english, &language, &words);
            swapped += usize::from(other.len() != english.len());
            let mut differences = Vec::new();
            compare(&format!("{name} {language}"), &want, &read(other), &mut differences);
            different.extend(differences);
            pages += 1;
        }
    }
    println!("{pages} pages");
    assert!(pages >= 17 && swapped > pages / 2, "{swapped} of {pages} pages have other words");
    assert!(different.is_empty(), "{} differences\n{}", different.len(), different.join("\n"));
}
