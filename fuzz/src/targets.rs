//! What each fuzz target does with some bytes, and what must hold for all of them. `tests/fuzz_replay.rs` compiles this file
//! too, and runs it over the seeds and over everything that was ever found.
//!
//! Two things are always demanded. Nothing panics. And no output holds eight consecutive characters of a credential: an
//! input names made-up tokens as `{{deploy_token 3}}`, they are put in before the run, and all that comes out is searched.
//! So no whole token stands in a seed, and the fuzzer can plant one with a word of `fuzz/words.dict`.

use leastwise::catalog::TokenType;
use leastwise::context::Context;
use leastwise::input::{Input, Kind};
use leastwise::report::json::ReportV1;
use leastwise::report::{Report, csv, gitlab, html, json, markdown, sarif, text};
use leastwise::time::Date;
use leastwise::web::answer::Analysis;
use leastwise::{audit, classify, detect, fake, plan};

/// A target: its name, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target. `fuzz/fuzz_targets` has a file for each, `fuzz/seeds` a folder.
pub const ALL: &[Target] = &[
    ("scanner", scanner),
    ("ci_config", ci_config),
    ("shell", shell),
    ("job_log", job_log),
    ("page", page),
    ("inventory_json", inventory_json),
    ("inventory_csv", inventory_csv),
    ("credential_file", credential_file),
    ("decode", decode),
    ("report", report),
    ("permits", permits),
    ("plans", plans),
];

/// An input as text, with the made-up tokens that it names.
struct Planted {
    text: String,
    tokens: Vec<String>,
}

impl Planted {
    fn new(data: &[u8]) -> Self {
        let text = String::from_utf8_lossy(data).into_owned();
        let mut tokens: Vec<String> = text
            .match_indices("{{")
            .filter_map(|(at, _)| {
                let inside = text[at + 2..].split_once("}}")?.0;
                let kind = TokenType::parse(inside.split(' ').next()?)?;
                let token = fake::expand(&format!("{{{{{inside}}}}}"));
                (marked(kind) && !token.starts_with("{{")).then_some(token)
            })
            .collect();
        tokens.sort();
        tokens.dedup();
        let text = fake::expand(&text);
        tokens.retain(|token| stands_alone(token, &text));
        Self { text, tokens }
    }

    /// Fails when a piece of a planted token is in `said`.
    fn assert_hidden(&self, said: &str) {
        for token in &self.tokens {
            for piece in pieces(token) {
                assert!(
                    !said.contains(&piece),
                    "`{piece}`, a piece of a credential, came out: {}",
                    around(said, &piece)
                );
            }
        }
    }
}

/// A token in the middle of a word is none, nor is a piece of one that the fuzzer has learnt to write by itself.
fn stands_alone(token: &str, text: &str) -> bool {
    let edge = |character: Option<char>| character.is_none_or(|c| " \t\r\n\"'`,;<>()[]".contains(c));
    let mut alone = text
        .match_indices(token)
        .map(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + token.len()..].chars().next()));
    alone.all(|alone| alone) && pieces(token).all(|piece| !text.replace(token, " ").contains(&piece))
}

/// Every eight characters in a row of a token's body.
fn pieces(token: &str) -> impl Iterator<Item = String> {
    let body: Vec<char> = body(token).chars().collect();
    (0..body.len().saturating_sub(7)).map(move |start| body[start..start + 8].iter().collect())
}

/// Do the characters alone give this kind away?
fn marked(kind: TokenType) -> bool {
    !matches!(
        kind,
        TokenType::OauthAccessToken
            | TokenType::OauthRefreshToken
            | TokenType::StaticObjectToken
            | TokenType::WebhookSecretToken
            | TokenType::DeployKey
            | TokenType::GitlabSessionCookie
    )
}

fn body(token: &str) -> &str {
    ["GR1348941", "whsec_", "glet_"]
        .iter()
        .find_map(|prefix| token.strip_prefix(prefix))
        .or_else(|| token.split_once('-').filter(|(prefix, _)| prefix.len() <= 10).map(|(_, body)| body))
        .unwrap_or(token)
}

fn around<'a>(said: &'a str, piece: &str) -> &'a str {
    let at = said.find(piece).unwrap_or_default();
    let from = (0..=at.saturating_sub(120)).rev().find(|&at| said.is_char_boundary(at)).unwrap_or_default();
    let to = (at + 120..said.len()).find(|&at| said.is_char_boundary(at)).unwrap_or(said.len());
    &said[from..to]
}

fn context() -> Context {
    let mut context = Context::new(Date::parse("2026-11-20").expect("a date"));
    context.hosts.push("gitlab.example.com".into());
    context
}

/// Reads and judges `data` as a kind, and looks at what comes out.
fn read(name: &str, data: &[u8], kind: Option<Kind>) -> Report {
    let planted = Planted::new(data);
    let input = Input { kind, ..Input::new(name, planted.text.clone()) };
    let report = audit(vec![input], &context());
    planted.assert_hidden(&format!("{report:?}"));
    let published = json::report(&report, true);
    planted.assert_hidden(&serde_json::to_string(&published).expect("a report is JSON"));
    in_place(&published, &planted.text);
    report
}

/// Places are in the input: they count from one, and do not end before they begin.
fn in_place(report: &ReportV1, text: &str) {
    let lines = text.split('\n').count();
    let value = serde_json::to_value(report).expect("a report is JSON");
    for finding in value["findings"].as_array().into_iter().flatten() {
        let number = |key: &str| finding[key].as_u64();
        let (Some(line), Some(column), Some(end_line), Some(end_column)) =
            (number("line"), number("column"), number("end_line"), number("end_column"))
        else {
            continue;
        };
        assert!(line >= 1 && column >= 1 && end_line as usize <= lines.max(1) + 1, "{finding}");
        assert!((line, column) <= (end_line, end_column), "{finding}");
    }
}

/// The scanner, the masker, and `classify`.
pub fn scanner(data: &[u8]) {
    let planted = Planted::new(data);
    let found = detect::scan(&planted.text, &[]);
    for pair in found.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "credentials overlap");
    }
    for one in &found {
        assert!(planted.text.get(one.span.range()).is_some_and(|part| !part.is_empty()), "a place outside the text");
    }
    let masked = detect::mask_all(&planted.text, &[]);
    planted.assert_hidden(&masked);
    assert!(detect::scan(&masked, &[]).is_empty(), "masked text still holds a credential");
    for (number, line) in planted.text.lines().enumerate() {
        let classified = classify::classify(number + 1, line, &[]);
        planted.assert_hidden(&serde_json::to_string(&classified).expect("JSON"));
        planted.assert_hidden(&classify::render(&classified, 80));
    }
}

/// The YAML reader and the pipeline on top of it.
pub fn ci_config(data: &[u8]) {
    read(".gitlab-ci.yml", data, Some(Kind::CiConfig));
}

/// The shell reader: the bytes are a job's script.
pub fn shell(data: &[u8]) {
    let mut config = b"job:\n  script:\n    - |\n".to_vec();
    for line in data.split(|&byte| byte == b'\n') {
        config.extend(b"      ");
        config.extend(line.iter().filter(|&&byte| byte != b'\r'));
        config.push(b'\n');
    }
    read(".gitlab-ci.yml", &config, Some(Kind::CiConfig));
}

/// The reader of job logs.
pub fn job_log(data: &[u8]) {
    read("job.log", data, Some(Kind::JobLog));
}

/// The reader of saved pages and of what the extension captures.
pub fn page(data: &[u8]) {
    read("page.html", data, Some(Kind::SettingsPage));
}

/// The readers of JSON exports.
pub fn inventory_json(data: &[u8]) {
    read("export.json", data, Some(Kind::Inventory));
}

/// The readers of tables: CSV, `glab`, rake tasks.
pub fn inventory_csv(data: &[u8]) {
    read("export.csv", data, Some(Kind::Inventory));
}

/// The readers of credential files: the first byte picks the file's name.
pub fn credential_file(data: &[u8]) {
    const NAMES: [&str; 12] = [
        ".netrc",
        ".npmrc",
        "config.toml",
        "config.json",
        "secret.yaml",
        ".env",
        "settings.xml",
        "pip.conf",
        ".git-credentials",
        "terraform.rc",
        "auth.json",
        "nuget.config",
    ];
    let (&first, rest) = data.split_first().unwrap_or((&0, b""));
    read(NAMES[first as usize % NAMES.len()], rest, Some(Kind::CredentialFile));
}

/// Bytes of any encoding, recognised by themselves; wrapped in base64 too.
pub fn decode(data: &[u8]) {
    let report = audit(vec![Input::new("file", data)], &context());
    let _ = json::report(&report, true);
    let planted = Planted::new(data);
    let wide: Vec<u8> = planted.text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &wide].concat();
    let report = audit(vec![Input::new("file", marked)], &context());
    planted.assert_hidden(&format!("{report:?}"));
    read("file", data, None);
}

/// Every form of a report, with the bytes as name, project and content of the input.
pub fn report(data: &[u8]) {
    let planted = Planted::new(data);
    let name: String = planted.text.chars().take(200).collect();
    let rows = serde_json::json!([{"id": 1, "name": planted.text, "description": planted.text, "scopes": ["api", planted.text],
        "active": true, "revoked": false, "created_at": "2025-01-01T00:00:00Z", "expires_at": null, "access_level": 50}]);
    let inputs = vec![
        Input { project: Some(name.clone()), ..Input::new(name.clone(), planted.text.clone()) },
        Input { kind: Some(Kind::Inventory), ..Input::new("rows.json", rows.to_string()) },
    ];
    let mut context = context();
    context.project = Some(context.name(&name));
    let report = audit(inputs, &context);
    // A name is cut to its beginning, and a token cut in the middle is no token of its own.
    let hidden = |said: &str| planted.assert_hidden(said);
    let published = json::report(&report, true);
    let plain = text::render(&report, 100);
    hidden(&plain);
    let plain = uncoloured(&plain);
    if let Some(bad) = plain.chars().find(|&character| acts(character)) {
        panic!("a character that acts on a terminal came out: {bad:?}");
    }
    let page = html::render(&published);
    hidden(&page);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<iframe"), "markup came through");
    for said in [
        serde_json::to_string(&published).expect("JSON"),
        sarif::render(&published).to_string(),
        gitlab::secret_detection(&published).to_string(),
        gitlab::code_quality(&published).to_string(),
        markdown::render(&published),
        csv::render(&published),
        serde_json::to_string(&report.inventories).expect("JSON"),
        serde_json::to_string(&Analysis::new(&report)).expect("JSON"),
        format!("{report:?}"),
    ] {
        hidden(&said);
    }
}

/// Without the colours and weights that the renderer itself sets.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('m') {
            Some((style, rest)) if style.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') => {
                out.push_str(rest)
            }
            _ => {
                out.push('\u{1b}');
                out.push_str(part);
            }
        }
    }
    out
}

/// Escapes, other controls, and characters that turn the direction of text.
fn acts(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `permits`: a method and an address; `choose`: words.
pub fn permits(data: &[u8]) {
    let planted = Planted::new(data);
    let (method, address) = planted.text.split_once([' ', '\n']).unwrap_or(("GET", &planted.text));
    let hosts = ["gitlab.example.com".to_owned()];
    let answer = plan::permits::permits(method, address, &hosts);
    planted.assert_hidden(&serde_json::to_string(&answer).expect("JSON"));
    let _ = plan::permits::job_token_accepts(method, address, &hosts);
    let _ = plan::choose::choose(&planted.text);
}

/// The plans and the comparison: two exports, recognised by themselves, with a byte 0 between them.
pub fn plans(data: &[u8]) {
    let planted = Planted::new(data);
    let context = context();
    let parts: Vec<&str> = planted.text.splitn(3, '\0').collect();
    let inputs = || parts.iter().enumerate().map(|(number, part)| Input::new(format!("file-{number}"), *part));
    let examined: Vec<_> = inputs().map(|input| audit::examine(input, &context)).collect();
    planted.assert_hidden(&format!("{:?}", plan::allowlist::plan_of(&examined, &context)));
    let report = audit(inputs().collect(), &context);
    planted.assert_hidden(&format!("{:?}", plan::rotation::rotation(&report, &context, 60)));
    let one = |part: Option<&&str>| audit(vec![Input::new("export.json", part.copied().unwrap_or_default())], &context);
    let differences = plan::diff::inventories(&one(parts.first()), &one(parts.get(1)));
    planted.assert_hidden(&serde_json::to_string(&differences).expect("JSON"));
}
