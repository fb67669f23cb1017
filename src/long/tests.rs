use super::*;
use crate::input::Input;
use crate::report::json;
use crate::time::Date;

fn context() -> Context {
    Context::new(Date::new(2026, 11, 20).unwrap())
}

/// What a finding says, and its line and column.
type At = (String, Option<(usize, Option<usize>)>);

/// What a reading came to: the input, its rows, its findings and what could not be read.
#[derive(Debug, PartialEq)]
struct Came {
    input: serde_json::Value,
    rows: serde_json::Value,
    findings: Vec<At>,
    said: Vec<String>,
}

fn findings(findings: &[json::FindingV1]) -> Vec<At> {
    let what = |finding: &json::FindingV1| format!("{} {} {}", finding.identity, finding.title, finding.message);
    let mut lines: Vec<_> =
        findings.iter().map(|finding| (what(finding), finding.line.map(|line| (line, finding.column)))).collect();
    lines.sort();
    lines
}

/// The same but for one thing: what stands once for a whole list has no place by blocks.
fn assert_same(name: &str, blocks: &Came, whole: &Came) {
    assert_eq!((&blocks.input, &blocks.said, &blocks.rows), (&whole.input, &whole.said, &whole.rows), "{name}");
    let words = |came: &Came| came.findings.iter().map(|(what, _)| what.clone()).collect::<Vec<_>>();
    assert_eq!(words(blocks), words(whole), "{name}");
    for ((what, here), (_, there)) in blocks.findings.iter().zip(&whole.findings) {
        let once = ["expiry-cliff", "allowlist", "job-token"].iter().any(|rule| what.starts_with(rule));
        assert!(here == there || once && here.is_none(), "{name}: {here:?} is not {there:?} of {what}");
    }
}

fn said(spots: &[BlindSpot]) -> Vec<String> {
    spots.iter().map(|spot| format!("{:?}:{:?} {}", spot.line, spot.column, spot.message)).collect()
}

fn at_once(name: &str, bytes: &[u8]) -> Came {
    let report = crate::audit(vec![Input::new(name, bytes)], &context());
    let published = json::report(&report, false);
    let inventory = report.inventories.first().map(|(_, inventory)| inventory.clone()).unwrap_or_default();
    Came {
        input: serde_json::to_value(&published.inputs[0]).unwrap(),
        rows: serde_json::to_value(inventory).unwrap(),
        findings: findings(&published.findings),
        said: said(&report.blind_spots),
    }
}

fn by_blocks(name: &str, bytes: &[u8]) -> Option<Came> {
    let context = context();
    let bytes = bytes.to_vec();
    let open = move || Ok(Box::new(io::Cursor::new(bytes.clone())) as Box<dyn Read>);
    let long = Long::open(name, None, &context, Box::new(open)).unwrap()?;
    let mut all = long.shared().clone();
    let (mut found, mut compared, mut ordinals, mut blocks) = (Vec::new(), Vec::new(), Ordinals::default(), 0);
    for block in long.blocks().unwrap() {
        let mut block = block.unwrap();
        compared.extend(long.compared(&block));
        let mut findings = long.judge(&mut block);
        ordinals.number(&mut findings);
        found.extend(findings);
        all.append(block.inventory);
        blocks += 1;
    }
    found.extend(long.judge_whole(compared));
    assert!(blocks >= 1 || all.rows() == 0, "{name}");
    let mut counts = all.counts().to_vec();
    counts.retain(|(_, count)| *count > 0);
    assert_eq!(long.counts().iter().filter(|(_, count)| **count > 0).count(), counts.len(), "{name}");
    let published = json::report(&long.report(found), false);
    Some(Came {
        input: serde_json::to_value(&published.inputs[0]).unwrap(),
        rows: serde_json::to_value(all).unwrap(),
        findings: findings(&published.findings),
        said: said(long.blind_spots()),
    })
}

fn exports() -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &std::path::Path, out: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else {
                let text = crate::fake::expand(&std::fs::read_to_string(&path).unwrap());
                out.push((path.file_name().unwrap().to_string_lossy().into_owned(), text.into_bytes()));
            }
        }
    }
    let mut out = Vec::new();
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exports"), &mut out);
    out.sort();
    out
}

#[test]
fn every_export_gives_the_same_by_blocks() {
    let mut compared = 0;
    for (name, bytes) in exports() {
        let Some(by_blocks) = by_blocks(&name, &bytes) else { continue };
        let whole = at_once(&name, &bytes);
        assert_same(&name, &by_blocks, &whole);
        compared += 1;
    }
    assert!(compared > 15, "{compared}");
}

fn row(id: usize) -> String {
    format!(
        r#"{{"id":{id},"name":"job {}","revoked":false,"created_at":"2026-0{}-11T08:00:00.000Z","scopes":["api"],"user_id":{},"last_used_at":"2026-11-18T08:00:00.000Z","active":true,"expires_at":"2027-0{}-01","access_level":40}}"#,
        id % 40,
        1 + id % 9,
        id % 7,
        1 + id % 3,
    )
}

#[test]
fn what_only_the_whole_list_tells_is_told() {
    let rows: Vec<String> = (1..=60).map(row).collect();
    let list = format!("[{}]", rows.join(",\n"));
    let owner = r#"{"id":3,"username":"dana","name":"D","state":"blocked"}"#;
    let mixed = format!("{}\n{owner}\n", rows.join("\n")).replace("\"access_level\":40", "\"granular\":false");
    let mut broken = rows.clone();
    broken.insert(30, r#"{"id":9,"name":"no end"#.into());
    let broken = format!("[{}]", broken.join(",\n"));
    let cut = list.get(..list.len() - 40).unwrap().to_owned();
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(list.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let token = crate::fake::token(crate::catalog::TokenType::PersonalAccessToken, 5);
    let live = list.replacen("\"name\":\"job 7\"", &format!("\"name\":\"job 7\",\"token\":\"{token}\""), 1);
    let csv: String =
        (1..=60).map(|id| format!("{id};\"job\n{}\";api read_api;2027-01-0{};x\r\n", id % 9, 1 + id % 9)).collect();
    let csv = format!("id;name;scopes;expires;note\r\n{csv}");
    let torn = csv.replace("\"job\n3\"", "\"job 3");
    for (name, text) in [
        ("project-318-access-tokens.json", list.clone().into_bytes()),
        ("all.ndjson", mixed.into_bytes()),
        ("x.json", broken.into_bytes()),
        ("x.json", cut.into_bytes()),
        ("x.json", utf16),
        ("x.json", live.into_bytes()),
        ("x.csv", csv.into_bytes()),
        ("x.csv", torn.into_bytes()),
        ("x.json", format!("{list}{list}").into_bytes()),
    ] {
        let whole = at_once(name, &text);
        let blocks = by_blocks(name, &text).unwrap();
        assert_same(name, &blocks, &whole);
        assert!(!whole.findings.is_empty(), "{name}");
    }
}
