//! Inputs made to cost more than their size: aliases of aliases, base64 in base64, deep and wide structures. Each is read in a
//! thread with half the stack that a WebAssembly module has, and four times the input may cost a little more than four times
//! the work.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
// The counting allocator is the one way to see how much memory a call asks for.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use leastwise::context::Context;
use leastwise::input::{Input, Kind};
use leastwise::report::json::{self, ReportV1};
use leastwise::time::Date;
use leastwise::{audit, fake};

/// Half of what `wasm32-unknown-unknown` gives a module.
const STACK: usize = 512 * 1024;

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// Counts what a thread asks for, and the most that it held at once.
struct Counting;

fn count(size: isize) {
    let _ = ASKED.try_with(|asked| asked.set(asked.get() + size.max(0).unsigned_abs()));
    let _ = HELD.try_with(|held| {
        held.set(held.get() + size);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(isize::try_from(layout.size()).unwrap_or(0));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-isize::try_from(layout.size()).unwrap_or(0));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static MEMORY: Counting = Counting;

/// Time that this thread had a processor: other work on the machine does not count. Nothing where the system does not tell (elsewhere than
/// on Linux): memory is compared all the same.
fn spent() -> Duration {
    let known = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    known.and_then(|text| text.split(' ').next()?.parse().ok()).map_or(Duration::ZERO, Duration::from_nanos)
}

/// What a reading cost.
struct Cost {
    report: ReportV1,
    asked: usize,
    most: usize,
    time: Duration,
}

fn read(name: &'static str, text: Vec<u8>, kind: Option<Kind>) -> Cost {
    let run = move || {
        let context = Context::new(Date::parse("2026-11-20").unwrap());
        let bytes = text.clone();
        let before = ASKED.with(Cell::get);
        HELD.with(|held| held.set(0));
        MOST.with(|most| most.set(0));
        let start = spent();
        let report = audit(vec![Input { kind, ..Input::new(name, bytes) }], &context);
        let report = json::report(&report, true);
        let time = spent() - start;
        Cost { report, asked: ASKED.with(Cell::get) - before, most: MOST.with(Cell::get).max(0).unsigned_abs(), time }
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().expect("nothing panics")
}

/// A shape of input, as large as it is told.
struct Bomb {
    what: &'static str,
    name: &'static str,
    kind: Option<Kind>,
    size: usize,
    make: fn(usize) -> String,
}

const BOMBS: &[Bomb] = &[
    Bomb { what: "aliases of aliases", name: ".gitlab-ci.yml", kind: None, size: 200, make: aliases },
    Bomb { what: "merges of merges", name: ".gitlab-ci.yml", kind: None, size: 200, make: merges },
    Bomb { what: "deep YAML", name: ".gitlab-ci.yml", kind: Some(Kind::CiConfig), size: 25_000, make: deep_yaml },
    Bomb { what: "extends in a circle", name: ".gitlab-ci.yml", kind: None, size: 500, make: circle },
    Bomb { what: "references to references", name: ".gitlab-ci.yml", kind: None, size: 300, make: references },
    Bomb { what: "nested substitutions", name: ".gitlab-ci.yml", kind: None, size: 10_000, make: substitutions },
    Bomb { what: "variables of variables", name: ".gitlab-ci.yml", kind: None, size: 300, make: variables },
    Bomb { what: "base64 in base64", name: "notes.txt", kind: None, size: 20_000, make: nested_base64 },
    Bomb { what: "deep JSON", name: "export.json", kind: None, size: 100_000, make: deep_json },
    Bomb {
        what: "deep JSON in a credential file",
        name: "config.json",
        kind: Some(Kind::CredentialFile),
        size: 25_000,
        make: deep_json,
    },
    Bomb { what: "wide CSV", name: "tokens.csv", kind: None, size: 250_000, make: wide_csv },
    Bomb { what: "wide CSV with rows", name: "tokens.csv", kind: None, size: 500, make: square_csv },
    Bomb { what: "deep HTML", name: "page.html", kind: None, size: 25_000, make: deep_html },
    Bomb { what: "an element of many attributes", name: "page.html", kind: None, size: 250_000, make: attributes },
    Bomb { what: "tables in tables", name: "page.html", kind: None, size: 5_000, make: tables },
    Bomb { what: "entities", name: "page.html", kind: None, size: 100_000, make: entities },
    Bomb {
        what: "sections of a log in sections",
        name: "job.log",
        kind: Some(Kind::JobLog),
        size: 10_000,
        make: sections,
    },
    Bomb {
        what: "a log's line that never ends",
        name: "job.log",
        kind: Some(Kind::JobLog),
        size: 3_000,
        make: endless_line,
    },
    Bomb { what: "prefixes in a row", name: "notes.txt", kind: None, size: 50_000, make: prefixes },
    Bomb {
        what: "brackets in a TOML",
        name: "config.toml",
        kind: Some(Kind::CredentialFile),
        size: 25_000,
        make: brackets,
    },
    Bomb { what: "deep XML", name: "settings.xml", kind: Some(Kind::CredentialFile), size: 25_000, make: deep_xml },
    Bomb { what: "blocks of HCL", name: "main.tf", kind: Some(Kind::CredentialFile), size: 25_000, make: blocks },
];

fn aliases(n: usize) -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..n {
        text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")));
    }
    text + &format!("job:\n  script: *a{}\n", n - 1)
}

fn merges(n: usize) -> String {
    let mut text = String::from(".a0: &a0 {script: [echo], variables: {A: b}}\n");
    for level in 1..n {
        text.push_str(&format!(
            ".a{level}: &a{level}\n  <<: [*a{0}, *a{0}, *a{0}]\n  k{level}: {{<<: *a{0}}}\n",
            level - 1
        ));
    }
    text + &format!("job:\n  <<: *a{}\n", n - 1)
}

fn deep_yaml(n: usize) -> String {
    format!("job:\n  script: {}{}\n", "[".repeat(n), "]".repeat(n))
}

fn circle(n: usize) -> String {
    (0..n)
        .map(|job| {
            format!(
                "job{job}:\n  extends: [job{}, job{}]\n  script: [echo $CI_JOB_TOKEN]\n",
                (job + 1) % n,
                (job + 7) % n
            )
        })
        .collect()
}

fn references(n: usize) -> String {
    let of = |job: usize| format!("!reference [.j{job}, script]");
    (0..n)
        .map(|job| format!(".j{job}:\n  script:\n    - {}\n    - {}\n    - echo\n", of(job + 1), of(job + 2)))
        .collect()
}

fn substitutions(n: usize) -> String {
    format!("job:\n  script:\n    - echo {}id{}\n", "$(".repeat(n), ")".repeat(n))
}

fn variables(n: usize) -> String {
    let list: String = (1..n).map(|at| format!("  V{at}: $V{0}$V{0}$V{0}\n", at - 1)).collect();
    format!("variables:\n  V0: $CI_JOB_TOKEN\n{list}job:\n  script: [\"echo $V{}\"]\n", n - 1)
}

fn nested_base64(n: usize) -> String {
    let mut text = fake::expand("token={{personal_access_token}} ").into_bytes();
    while text.len() < n {
        text = BASE64_STANDARD.encode(&text).into_bytes();
    }
    let text = String::from_utf8(text).unwrap();
    format!("{text} {text}\n")
}

fn deep_json(n: usize) -> String {
    format!("[{{\"id\": 1, \"name\": {}1{}}}]", "[{\"a\": ".repeat(n), "}]".repeat(n))
}

fn wide_csv(n: usize) -> String {
    let names: Vec<String> = (0..n).map(|at| format!("c{at}")).collect();
    format!("id,name,scopes,expires_at,{}\n1,deploy,api,2027-01-01{}\n", names.join(","), ",x".repeat(n))
}

fn square_csv(n: usize) -> String {
    let names: Vec<String> = (0..100).map(|at| format!("c{at}")).collect();
    let row = format!("1,deploy,api,2027-01-01{}\n", ",x".repeat(100));
    format!("id,name,scopes,expires_at,{}\n{}", names.join(","), row.repeat(n))
}

const PAGE: &str = "<!DOCTYPE html><html><head><meta property=\"og:site_name\" content=\"GitLab\"></head><body data-page=\"projects:settings:access_tokens:index\">";

fn deep_html(n: usize) -> String {
    format!("{PAGE}{}x{}", "<div>".repeat(n), "</div>".repeat(n))
}

fn attributes(n: usize) -> String {
    let list: String = (0..n).map(|at| format!(" a{at}=\"b\"")).collect();
    format!("{PAGE}<div{list}>x</div>")
}

fn tables(n: usize) -> String {
    format!("{PAGE}{}", "<table data-testid=\"active-tokens\"><tbody><tr><td>".repeat(n))
}

fn entities(n: usize) -> String {
    format!("{PAGE}<p>{}</p>", "&amp;&#x41;".repeat(n))
}

fn sections(n: usize) -> String {
    let open: String = (0..n).map(|at| format!("section_start:1700000000:s{at}\r\u{1b}[0K")).collect();
    format!(
        "Running with gitlab-runner 18.0\n{open}\n$ git push\nremote: You are not allowed to push code to this project.\n"
    )
}

fn endless_line(n: usize) -> String {
    "2026-03-04T10:20:30.123456Z 00O+still going on without an end\n".repeat(n)
}

fn prefixes(n: usize) -> String {
    "glpat-".repeat(n)
}

fn brackets(n: usize) -> String {
    format!("[[runners]]\n  token = {}{}\n", "[".repeat(n), "]".repeat(n))
}

fn deep_xml(n: usize) -> String {
    format!("<settings>{}x{}</settings>", "<server>".repeat(n), "</server>".repeat(n))
}

fn blocks(n: usize) -> String {
    format!("{}token = \"x\"\n{}", "a {\n".repeat(n), "}\n".repeat(n))
}

#[test]
fn what_is_made_to_cost_more_than_its_size_costs_its_size() {
    let mut failed = Vec::new();
    for bomb in BOMBS {
        let cost = |size: usize| {
            let text = (bomb.make)(size).into_bytes();
            (text.len(), read(bomb.name, text, bomb.kind))
        };
        let (small_size, small) = cost(bomb.size);
        let (large_size, large) = cost(bomb.size * 4);
        let grown = large_size as f64 / small_size as f64;
        // A text that asks for less than its own size costs nothing: then only the larger one can be too much.
        let memory = large.asked as f64 / small.asked.max(small_size) as f64;
        let (small_time, large_time) = (small.time.as_secs_f64().max(0.02), large.time.as_secs_f64());
        eprintln!(
            "{:34} {large_size:>9} bytes: {:>4.1} x input, {memory:>4.1} x memory asked for, {:>4.1} x time ({:.3} s), {:.0} bytes held per byte",
            bomb.what,
            grown,
            large_time / small_time,
            large_time,
            large.most as f64 / large_size as f64
        );
        assert_eq!(large.report.inputs.len(), 1);
        if memory > 2.0 * grown {
            failed.push(format!("{}: {grown:.1} times the input asks for {memory:.1} times the memory", bomb.what));
        }
        if large_time / small_time > 3.0 * grown {
            failed.push(format!(
                "{}: {grown:.1} times the input takes {:.1} times as long",
                bomb.what,
                large_time / small_time
            ));
        }
        // What is held is a small multiple of the input, or a few megabytes.
        if large.most > (8 << 20) + 200 * large_size {
            failed.push(format!("{}: {large_size} bytes make it hold {} MB", bomb.what, large.most >> 20));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// What is too deep to be read is said.
#[test]
fn what_is_too_deep_is_a_blind_spot_and_its_credentials_are_found_all_the_same() {
    for (name, kind, text) in [
        (".gitlab-ci.yml", Kind::CiConfig, deep_yaml(100_000)),
        ("export.json", Kind::Inventory, deep_json(100_000)),
        ("page.html", Kind::SettingsPage, deep_html(100_000)),
        ("config.toml", Kind::CredentialFile, brackets(100_000)),
    ] {
        let token = fake::expand("{{deploy_token 7}}");
        let cost = read(name, format!("{text}\n# {token}\n").into_bytes(), Some(kind));
        let report = &cost.report;
        let found = report
            .findings
            .iter()
            .any(|finding| finding.token.as_ref().is_some_and(|token| token.kind == "deploy_token"));
        assert!(found, "{name}: the token behind it is not found");
        let said = serde_json::to_value(&report.inputs[0]).unwrap()["status"].clone();
        assert!(said == "read" || !report.blind_spots.is_empty(), "{name} is {said}, and nothing says why");
    }
}

/// Archives, pictures and other binary data: said to be that, not searched for text.
#[test]
fn binary_data_is_said_to_be_that() {
    let mut zip = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    zip.extend((0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8));
    for (name, bytes) in [
        ("bomb.zip", zip),
        ("image.png", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0; 4096]].concat()),
        ("core", vec![0; 65_536]),
    ] {
        let cost = read(name, bytes, None);
        assert_eq!(cost.report.findings.len(), 0, "{name}");
        let status = serde_json::to_value(&cost.report.inputs[0]).unwrap();
        assert_eq!(status["status"], "unreadable", "{name}: {status}");
        assert_eq!(cost.report.blind_spots.len(), 1, "{name}");
    }
}
