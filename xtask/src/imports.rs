//! What the module can reach. Two gates, both by text:
//! 1. every import of the wasm module stands in `docs/imports.txt`, which people review, and nothing else stands there;
//! 2. no script that we ship, generated or written, holds a word that leads to the network, to storage or to new code,
//!    but for the one line that reads the product's own module.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::bundle::Module;
use crate::{Result, read, read_text, write};

/// Names of doors that must stay shut. Whole words.
const FORBIDDEN: &[&str] = &[
    "fetch",
    "fetchLater",
    "XMLHttpRequest",
    "WebSocket",
    "WebSocketStream",
    "WebTransport",
    "EventSource",
    "sendBeacon",
    "RTCPeerConnection",
    "RTCDataChannel",
    "importScripts",
    "serviceWorker",
    "Worker",
    "SharedWorker",
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "caches",
    "cookie",
    "cookieStore",
    "open",
    "location",
    "eval",
    "Function",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "write",
    "writeln",
    "submit",
    "requestSubmit",
    "sendNativeMessage",
    "connectNative",
    "download",
    "Image",
    "Audio",
];

/// What may stand all the same: a file, and the exact text.
const ALLOWED: &[(&str, &str)] = &[
    // How the glue names a value in an error message.
    ("leastwise.js", "`Function(${val.name})`"),
    ("leastwise.js", ": 'Function';"),
    // The product's own module, from its own package or host; `connect-src` keeps it there.
    ("load.js", "await fetch(new URL(\"leastwise.wasm\", import.meta.url))"),
    // The page's own worker, from its own file or host; `worker-src` keeps it there.
    ("start.js", "return new Worker(policy?.createScriptURL(address) ?? address, { type: \"module\" });"),
    // The single file's worker, made of the file's own text.
    ("single.js", "const worker = new Worker(policy?.createScriptURL(address) ?? address);"),
    // Peer connections are taken away.
    (
        "page.js",
        r#"for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel"]) delete globalThis[name];"#,
    ),
    // The popup's own address is read: which tab it is about.
    ("popup.js", "new URLSearchParams(document.location.search).get(\"tab\")"),
    // The tab's address is read: which instance, which page. Nothing is assigned to it.
    ("content.js", "const { host, origin, pathname, search } = document.location;"),
];

fn list(root: &Path) -> PathBuf {
    root.join("docs/imports.txt")
}

/// Checks `dist/`, as built.
pub fn check(root: &Path) -> Result<()> {
    let modules = built(root)?;
    verify(root, &modules)?;
    let home = std::env::var("HOME").unwrap_or_default();
    for module in &modules {
        placeless(&module.wasm, &[&root.display().to_string(), &format!("{home}/.cargo"), &format!("{home}/.rustup")])?;
    }
    let mut scripts = 0;
    for folder in [
        "page",
        "page/analysis",
        "extension-chromium",
        "extension-chromium/popup",
        "extension-chromium/whole",
        "extension-firefox",
        "extension-firefox/popup",
        "extension-firefox/whole",
        "npm",
    ] {
        let folder = root.join("dist").join(folder);
        for path in scripts_in(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            allowed(&name, &read_text(&path)?)?;
            scripts += 1;
        }
    }
    println!("imports: {} names, all in docs/imports.txt; {scripts} scripts reach nothing", union(&modules)?.len());
    Ok(())
}

/// No path of the machine that built it is in the module: the same source gives the same bytes anywhere.
fn placeless(wasm: &[u8], places: &[&str]) -> Result<()> {
    let holds = |place: &&&str| place.len() > 1 && wasm.windows(place.len()).any(|window| window == place.as_bytes());
    match places.iter().find(holds) {
        Some(place) => {
            Err(format!("the module holds `{place}`, a path of this machine: it would differ from machine to machine"))
        }
        None => Ok(()),
    }
}

/// Takes what the built module imports as the list. For a person who then reads the difference.
pub fn accept(root: &Path) -> Result<()> {
    let mut text = String::from(HEADER);
    for name in union(&built(root)?)? {
        text.push_str(&name);
        text.push('\n');
    }
    write(&list(root), text)
}

const HEADER: &str = "# Everything the wasm module can call in the browser. `./build.sh test` fails when the module imports anything else,\n\
                      # or no longer imports something listed. Hashes are left out. Renewed by `cargo run -p xtask -- imports --accept`;\n\
                      # read each new line before you commit it: nothing here may reach the network, storage or new code.\n";

/// Every module there is; the two extensions' are the same.
fn built(root: &Path) -> Result<Vec<Module>> {
    ["page", "page/analysis", "extension-chromium", "extension-chromium/popup", "npm"]
        .iter()
        .map(|folder| module_in(&root.join("dist").join(folder)))
        .collect()
}

fn union(modules: &[Module]) -> Result<BTreeSet<String>> {
    modules.iter().try_fold(BTreeSet::new(), |mut all, module| {
        all.append(&mut names(module)?);
        Ok(all)
    })
}

fn module_in(folder: &Path) -> Result<Module> {
    Ok(Module { wasm: read(&folder.join("leastwise.wasm"))?, glue: read_text(&folder.join("leastwise.js"))? })
}

/// Both gates for the modules together: exactly what is listed.
pub fn verify(root: &Path, modules: &[Module]) -> Result<()> {
    let mut listed = None;
    for module in modules {
        listed = within_list(root, module)?;
    }
    let Some(listed) = listed else { return Ok(()) };
    let found = union(modules)?;
    let gone: Vec<&str> = listed.difference(&found).map(String::as_str).collect();
    if !gone.is_empty() {
        return Err(format!("docs/imports.txt lists what no module imports any longer: {}", gone.join(", ")));
    }
    Ok(())
}

/// Both gates for a module that may import less than is listed; gives the list, where there is one.
fn within_list(root: &Path, module: &Module) -> Result<Option<BTreeSet<String>>> {
    allowed("leastwise.js", &module.glue)?;
    let path = list(root);
    if !path.exists() {
        eprintln!("note: there is no docs/imports.txt yet; `cargo run -p xtask -- imports --accept` makes one");
        return Ok(None);
    }
    let text = read_text(&path)?;
    let listed: BTreeSet<String> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    let found = names(module)?;
    let new: Vec<&str> = found.difference(&listed).map(String::as_str).collect();
    if !new.is_empty() {
        return Err(format!(
            "the module imports what docs/imports.txt does not list: {}. If each of these is harmless, run \
             `cargo run -p xtask -- imports --accept`, and commit the difference.",
            new.join(", ")
        ));
    }
    Ok(Some(listed))
}

/// Names of the module's imports, without hashes, in order.
fn names(module: &Module) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for payload in wasmparser::Parser::new(0).parse_all(&module.wasm) {
        let payload = payload.map_err(|error| format!("the module is not readable: {error}"))?;
        if let wasmparser::Payload::ImportSection(section) = payload {
            for import in section.into_imports() {
                let import = import.map_err(|error| format!("the module's imports are not readable: {error}"))?;
                names.insert(plain(import.name));
            }
        }
    }
    Ok(names)
}

/// `__wbg_appendChild_0123456789abcdef` → `appendChild`.
fn plain(name: &str) -> String {
    let name = name.strip_prefix("__wbg_").unwrap_or(name);
    match name.rsplit_once('_') {
        Some((head, tail)) if tail.len() == 16 && tail.bytes().all(|byte| byte.is_ascii_hexdigit()) => head.to_owned(),
        _ => name.to_owned(),
    }
}

/// Refuses a script that holds a forbidden word.
pub fn allowed(file: &str, text: &str) -> Result<()> {
    let mut text = without_comments(text);
    for (_, allowed) in ALLOWED.iter().filter(|(name, _)| *name == file) {
        text = text.replacen(allowed, "", 1);
    }
    for (number, line) in text.lines().enumerate() {
        for word in words(line) {
            if FORBIDDEN.contains(&word) {
                return Err(format!(
                    "{file}:{}: `{word}` may not stand in a script we ship: {}",
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    // A computed import can load anything; a static one names a file of the package.
    if text.split("import").skip(1).any(|rest| rest.trim_start().starts_with('(')) {
        return Err(format!("{file}: a computed import may not stand in a script we ship"));
    }
    Ok(())
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_alphanumeric() && character != '_' && character != '$')
}

/// Blanks whole-line comments and block comments, keeping the lines: words in prose do nothing. A `//` behind code stays:
/// it could be part of an address.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut block = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if !block && trimmed.starts_with("/*") {
            block = true;
        }
        if !block && !trimmed.starts_with("//") {
            out.push_str(line);
        }
        if block && line.contains("*/") {
            block = false;
            // What follows the end of a comment on its line is code.
            out.push_str(line.split_once("*/").map_or("", |(_, code)| code));
        }
        out.push('\n');
    }
    out
}

fn scripts_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut scripts: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "js" || extension == "mjs"))
        .collect();
    scripts.sort();
    Ok(scripts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_reaches_out_is_refused() {
        for bad in [
            "const x = fetch('https://a');",
            "window.open('https://a')",
            "document.location = 'https://a'",
            "navigator.sendBeacon(u)",
            "new globalThis.WebSocket(u)",
            "x = 1; /* a */ eval(y)",
            "/* a */ eval(y)",
            "const m = await import(name)",
            "el.innerHTML = text",
        ] {
            assert!(allowed("popup.js", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_exact_line_of_the_loader_may_fetch_and_only_once() {
        let line = ALLOWED.iter().find(|(file, _)| *file == "load.js").unwrap().1;
        assert!(allowed("load.js", &format!("const response = {line};")).is_ok());
        assert!(allowed("popup.js", &format!("const response = {line};")).is_err());
        assert!(allowed("load.js", &format!("{line};\n{line};")).is_err());
    }

    #[test]
    fn a_module_with_a_path_of_the_machine_is_refused() {
        assert!(placeless(b"\0asm at /home/dana/leastwise/src/lib.rs:1", &["/home/dana"]).is_err());
        assert!(placeless(b"\0asm at src/lib.rs:1", &["/home/dana", ""]).is_ok());
    }

    #[test]
    fn prose_is_not_code() {
        assert!(allowed("popup.js", "// how to open it\n/*\n * fetch\n */\nconst opened = reopen_it;").is_ok());
    }

    #[test]
    fn hashes_are_left_out_of_names() {
        assert_eq!(plain("__wbg_appendChild_8afbaf5f85edea4b"), "appendChild");
        assert_eq!(plain("__wbg_new_no_args_ee98eee5275000a4"), "new_no_args");
        assert_eq!(plain("__wbindgen_cast_0000000000000001"), "__wbindgen_cast");
        assert_eq!(plain("__wbindgen_init_externref_table"), "__wbindgen_init_externref_table");
    }
}
