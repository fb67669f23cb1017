//! The parts one by one, with Criterion: `./build.sh bench --parts`, or `cargo bench --package leastwise-measure -- SCAN` for those
//! whose name holds a word. Criterion compares with its last run on the same machine; what is said to others is
//! `./build.sh bench`.

// It is a measurement: what cannot be read ends it.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use leastwise::catalog::TokenType;
use leastwise::time::Date;
use leastwise::{Context, Input, audit, detect, fake, report};
use leastwise_candidates::{Large, Window};

/// Texts are repeated until they have so many bytes.
const BYTES: usize = 1_000_000;

fn repeated(text: &str) -> String {
    text.repeat(BYTES.div_ceil(text.len()))
}

fn fixture(path: &str) -> String {
    let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(path)).unwrap();
    fake::expand(&String::from_utf8_lossy(&text))
}

/// A job's log; with a token in each of its lines, or without any.
fn log(tokens: bool) -> String {
    let line = |index: u64| {
        let token = if tokens { fake::token(TokenType::PersonalAccessToken, index) } else { "nothing".to_owned() };
        format!(
            "compiling module {index} of the target, {token} in the cache (v1.{index})\nthe next line of it is done\n"
        )
    };
    (0..BYTES as u64 / 120).map(line).collect()
}

fn context() -> Context {
    Context::new(Date::parse("2026-11-20").unwrap())
}

fn scanner(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scan");
    for (name, text) in [("clean log", log(false)), ("tokens", log(true)), ("one word", "a-".repeat(BYTES / 2))] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("candidates, {name}"), |bencher| {
            bencher.iter(|| {
                let mut window = Large::default();
                text.as_bytes().chunks(Large::BYTES).fold(0, |busy, bytes| {
                    window.read(black_box(bytes), None);
                    busy + window.busy().count_ones()
                })
            });
        });
        group.bench_function(format!("whole, {name}"), |bencher| {
            bencher.iter(|| detect::scan(black_box(&text), &[]).len())
        });
    }
    group.finish();
}

fn readers(criterion: &mut Criterion) {
    let pipeline = "build:\n  script:\n    - curl --header \"JOB-TOKEN: $CI_JOB_TOKEN\" https://gitlab.example.com/api/v4/projects/1/packages\n";
    let jobs = (0..BYTES / 150).map(|index| pipeline.replacen("build", &format!("build-{index}"), 1)).collect();
    let inputs: [(&str, String); 5] = [
        ("job.log", repeated(&fixture("logs/timestamps-18.log"))),
        (".gitlab-ci.yml", jobs),
        ("tokens.ndjson", repeated(&fixture("exports/impersonation_tokens.ndjson"))),
        ("members.csv", fixture("exports/members.csv")),
        ("variables.html", fixture("pages/admin-cicd-variables.html")),
    ];
    let context = context();
    let mut group = criterion.benchmark_group("audit");
    group.sample_size(20);
    for (name, text) in inputs {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| audit(vec![Input::new(name, text.clone())], &context)));
    }
    group.finish();
}

fn reports(criterion: &mut Criterion) {
    let report = audit(vec![Input::new("job.log", log(true))], &context());
    let mut group = criterion.benchmark_group("report");
    group.sample_size(20);
    group.bench_function("text", |bencher| bencher.iter(|| report::text::render(&report, 100).len()));
    let model = report::json::report(&report, true);
    group.bench_function("model", |bencher| {
        bencher.iter(|| report::json::report(black_box(&report), true).findings.len())
    });
    group.bench_function("sarif", |bencher| bencher.iter(|| report::sarif::render(black_box(&model))));
    group.bench_function("html", |bencher| bencher.iter(|| report::html::render(black_box(&model)).len()));
    group.finish();
}

criterion_group!(parts, scanner, readers, reports);
criterion_main!(parts);
