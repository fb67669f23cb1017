//! The fuzz targets without a fuzzer, on the stable compiler: every seed, every fixture and everything that fuzzing has found so
//! far (`fuzz/seeds/TARGET/found-…`) goes through its target again. docs/fuzzing.md tells how to look for more.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#![allow(unreachable_pub, missing_docs)]

#[path = "../fuzz/src/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};

use proptest::prelude::*;

fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect()
}

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = files(&format!("fuzz/seeds/{target}"));
    let more = match target {
        "job_log" => "tests/fixtures/logs",
        "page" => "tests/fixtures/pages",
        "inventory_json" | "inventory_csv" => "tests/fixtures/exports",
        _ => return all,
    };
    all.extend(files(more));
    all
}

#[test]
fn every_seed_and_every_find_passes_its_target() {
    let mut failed = Vec::new();
    for (name, run) in targets::ALL {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for (path, bytes) in seeds {
            // Named first: a failure then says which file it was.
            eprintln!("{name}: {}", path.display());
            if std::panic::catch_unwind(|| run(&bytes)).is_err() {
                failed.push(format!("{name}: {}", path.display()));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn every_target_has_its_file_and_its_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named: Vec<String> = targets::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let inside = |folder: &str| {
        let mut names: Vec<String> = std::fs::read_dir(root.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let mut sorted = named.clone();
    sorted.sort();
    assert_eq!(inside("fuzz/fuzz_targets"), sorted);
    assert_eq!(inside("fuzz/seeds"), sorted);
}

/// A seed with pieces taken out, repeated and put elsewhere: what a fuzzer does, for machines without one.
fn mutated() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..6_u8, any::<u8>());
    (0..targets::ALL.len(), any::<prop::sample::Index>(), proptest::collection::vec(edit, 0..8)).prop_map(
        |(target, seed, edits)| {
            let seeds = seeds(targets::ALL[target].0);
            let mut bytes = seed.get(&seeds).1.clone();
            for (from, to, kind, byte) in edits {
                if bytes.is_empty() {
                    break;
                }
                let (a, b) = (from.index(bytes.len()), to.index(bytes.len()));
                let (a, b) = (a.min(b), a.max(b));
                match kind {
                    0 => drop(bytes.drain(a..b)),
                    1 => bytes.insert(a, byte),
                    2 => bytes[a] = byte,
                    3 => bytes.truncate(b),
                    4 => {
                        let piece = bytes[a..b].to_vec();
                        bytes.extend(piece);
                    }
                    _ => bytes.splice(a..a, b"{{personal_access_token}}".iter().copied()).for_each(drop),
                }
            }
            bytes.truncate(32_768);
            (target, bytes)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_seeds_do_no_harm((target, bytes) in mutated()) {
        (targets::ALL[target].1)(&bytes);
    }
}
