//! What we link, read from `cargo metadata` without a network: nothing that talks to one, only licences that we may ship, and
//! no crate twice without a reason. The list of what the browser's part may call by web-sys is reviewed here too.

// A test may say bluntly what it expects.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Crates that reach a network, or that are there for those that do. Part of a name that ends in `-` stands for all that
/// begin with it.
const NETWORK: &[&str] = &[
    "async-std",
    "attohttpc",
    "awc",
    "aws-",
    "curl",
    "curl-sys",
    "ehttp",
    "git2",
    "gix-transport",
    "gloo-net",
    "h2",
    "h3",
    "hickory-",
    "http-body",
    "hyper",
    "hyper-",
    "isahc",
    "libgit2-sys",
    "libssh2-sys",
    "lettre",
    "mio",
    "minreq",
    "native-tls",
    "nix",
    "openssl",
    "openssl-",
    "quinn",
    "quinn-",
    "reqwest",
    "reqwest-",
    "rustls",
    "rustls-",
    "sentry",
    "smol",
    "socket2",
    "ssh2",
    "surf",
    "tokio",
    "tokio-",
    "tonic",
    "trust-dns-",
    "tungstenite",
    "ureq",
    "ureq-",
    "wasi-http",
    "webpki",
    "ws",
    "opentelemetry",
    "opentelemetry-",
];

/// Storage, other pages and other workers: what a browser crate may bring.
const BROWSER_DOORS: &[&str] = &["gloo-history", "gloo-storage", "gloo-worker", "gloo-dialogs"];

/// Licences that may be in what we ship, all permissive.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that are there in two versions, and who needs the old one.
const TWICE: &[(&str, &str)] = &[
    ("syn", "the macros of implicit-clone (yew) and gloo-worker (yew) are a version behind"),
    ("thiserror", "gloo 0.11 (yew) is a version behind"),
    ("thiserror-impl", "as thiserror"),
];

/// The parts of web-sys that we turn on ourselves. Each is a thing that our code could call: read a new one before adding it.
const WEB_SYS: &[&str] = &[
    "Blob",
    "BlobPropertyBag",
    "Clipboard",
    "ClipboardEvent",
    "CssStyleDeclaration",
    "DataTransfer",
    "Document",
    "DragEvent",
    "Element",
    "File",
    "FileList",
    "HtmlElement",
    "HtmlInputElement",
    "HtmlSelectElement",
    "HtmlTextAreaElement",
    "KeyboardEvent",
    "Navigator",
    "Node",
    "NodeList",
    "Url",
    "Window",
    "console",
];

struct Graph {
    packages: BTreeMap<String, Value>,
    /// Who needs whom to run, by id.
    needs: BTreeMap<String, Vec<String>>,
    root: String,
}

impl Graph {
    fn of(target: &str) -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", target])
            .arg("--manifest-path")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let packages: BTreeMap<String, Value> = metadata["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|package| (text(&package["id"]), package.clone()))
            .collect();
        let mut needs = BTreeMap::new();
        for node in metadata["resolve"]["nodes"].as_array().unwrap() {
            let run = |dependency: &&Value| {
                dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
            };
            let of = node["deps"].as_array().unwrap().iter().filter(run).map(|dependency| text(&dependency["pkg"]));
            needs.insert(text(&node["id"]), of.collect());
        }
        let root = packages.iter().find(|(_, package)| package["name"] == "leastwise").unwrap().0.clone();
        Self { packages, needs, root }
    }

    fn name(&self, id: &str) -> &str {
        self.packages[id]["name"].as_str().unwrap()
    }

    /// Everything that ends up in the command or the module (build scripts and tests do not), by id.
    fn linked(&self) -> BTreeSet<&str> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![self.root.as_str()]);
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.needs[id].iter().map(String::as_str));
            }
        }
        seen
    }

    /// Which linked crates need a crate of this name.
    fn wanted_by(&self, name: &str) -> BTreeSet<&str> {
        let needing = |id: &&&str| self.needs[**id].iter().any(|need| self.name(need) == name);
        self.linked().iter().filter(needing).map(|id| self.name(id)).collect()
    }
}

fn is_in(name: &str, list: &[&str]) -> bool {
    list.iter().any(|entry| if entry.ends_with('-') { name.starts_with(entry) } else { name == *entry })
}

fn native() -> Graph {
    Graph::of(if cfg!(target_os = "macos") { "aarch64-apple-darwin" } else { "x86_64-unknown-linux-gnu" })
}

fn wasm() -> Graph {
    Graph::of("wasm32-unknown-unknown")
}

#[test]
fn the_command_links_nothing_that_reaches_a_network() {
    let graph = native();
    let linked: Vec<&str> = graph.linked().iter().map(|id| graph.name(id)).collect();
    assert!(linked.len() > 20, "{linked:?}");
    let bad: Vec<_> = linked
        .iter()
        .filter(|name| is_in(name, NETWORK) || is_in(name, BROWSER_DOORS) || **name == "web-sys")
        .collect();
    assert!(bad.is_empty(), "linked into the command: {bad:?}");
}

/// yew is built with all of gloo, and gloo holds a client for HTTP. Nothing else may ask for it; that none of it is in the
/// module is what docs/imports.txt shows, function by function.
#[test]
fn the_browsers_part_gets_doors_outward_only_through_yew_and_uses_none() {
    let graph = wasm();
    for id in graph.linked() {
        let name = graph.name(id);
        if is_in(name, NETWORK) || is_in(name, BROWSER_DOORS) {
            assert_eq!(graph.wanted_by(name), BTreeSet::from(["gloo"]), "{name}");
        }
    }
    // tokise is what yew runs its tasks with.
    assert_eq!(graph.wanted_by("gloo"), BTreeSet::from(["tokise", "yew"]));
    let imports = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/imports.txt")).unwrap();
    for door in [
        "fetch",
        "WebSocket",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "pushState",
        "replaceState",
        "open",
        "send",
    ] {
        let found = imports.lines().find(|line| !line.starts_with('#') && line.split('_').any(|part| part == door));
        assert_eq!(found, None, "{door}");
    }
}

#[test]
fn our_own_code_makes_no_connection() {
    fn walk(folder: &Path, bad: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // Tests may: one runs a script against a stand-in on loopback.
            if path.ends_with("tests") {
                continue;
            }
            if path.is_dir() {
                walk(&path, bad);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                // `leastwise serve` listens on this machine; it, and only it, may name a listener.
                let serve = path.ends_with("cli/serve.rs");
                for word in [
                    "TcpStream::connect",
                    "connect_timeout",
                    "UdpSocket",
                    "UnixStream",
                    "UnixDatagram",
                    "ToSocketAddrs",
                    "process::Command",
                ] {
                    if text.contains(word) {
                        bad.push(format!("{}: {word}", path.display()));
                    }
                }
                if !serve && (text.contains("TcpStream") || text.contains("TcpListener")) {
                    bad.push(format!("{}: a connection", path.display()));
                }
            }
        }
    }
    let mut bad = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut bad);
    assert_eq!(bad, Vec::<String>::new());
}

#[test]
fn every_licence_may_be_shipped() {
    let mut bad = BTreeSet::new();
    for graph in [native(), wasm()] {
        for id in graph.linked() {
            let licence = graph.packages[id]["license"].as_str().unwrap_or("none named");
            if !may_ship(licence) {
                bad.insert(format!("{}: {licence}", graph.name(id)));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn no_crate_is_linked_twice_without_a_reason() {
    let mut twice = BTreeSet::new();
    for graph in [native(), wasm()] {
        let mut seen = BTreeSet::new();
        twice.extend(
            graph.linked().iter().map(|id| graph.name(id)).filter(|name| !seen.insert(*name)).map(str::to_owned),
        );
    }
    let listed: BTreeSet<String> = TWICE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(twice, listed);
}

#[test]
fn what_is_turned_on_of_web_sys_is_reviewed() {
    let graph = wasm();
    let dependencies = graph.packages[&graph.root]["dependencies"].as_array().unwrap();
    let ours = dependencies.iter().find(|dependency| dependency["name"] == "web-sys").unwrap();
    assert_eq!(ours["uses_default_features"], false);
    for feature in ours["features"].as_array().unwrap() {
        let feature = feature.as_str().unwrap();
        assert!(WEB_SYS.contains(&feature), "`{feature}` of web-sys is not in the reviewed list");
    }
}

/// Reads a licence expression: `OR` (and the old `/`) needs one side, `AND` both.
fn may_ship(expression: &str) -> bool {
    let text = expression.replace('/', " OR ");
    split(&text, " OR ").into_iter().any(|choice| {
        split(&choice, " AND ").into_iter().all(|part| {
            let part = part.trim();
            match part.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
                Some(inner) => may_ship(inner),
                None => LICENCES.contains(&part),
            }
        })
    })
}

/// Splits at a word that stands outside parentheses.
fn split(text: &str, word: &str) -> Vec<String> {
    let (mut parts, mut depth, mut from, mut at) = (Vec::new(), 0_u32, 0, 0);
    while at < text.len() {
        match text.as_bytes()[at] {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && text[at..].starts_with(word) => {
                parts.push(text[from..at].to_owned());
                from = at + word.len();
                at = from;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(text[from..].to_owned());
    parts
}

#[test]
fn licence_expressions_are_understood() {
    for good in [
        "MIT",
        "MIT OR Apache-2.0",
        "Unlicense/MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "GPL-3.0 OR MIT",
        "Apache-2.0 WITH LLVM-exception OR MIT",
    ] {
        assert!(may_ship(good), "{good}");
    }
    for bad in
        ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND MPL-2.0", "none named", "AGPL-3.0 OR LGPL-3.0", ""]
    {
        assert!(!may_ship(bad), "{bad}");
    }
}
