//! `dist/packages/`: what the stores take. A zip for each browser, and one of the source that it is made from, for reviewers who make it
//! anew. The same files give the same bytes: sorted, without a time, without the machine's permissions.

use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::{Result, bundle, imports, manifest, read, write};

/// A file of a package: its name in it, and its bytes.
type File = (String, Vec<u8>);

/// Makes all of them, and looks at what came out.
pub fn build(root: &Path, dist: &Path) -> Result<()> {
    let version = manifest::version(root)?;
    let to = dist.join("packages");
    if to.exists() {
        std::fs::remove_dir_all(&to).map_err(|error| format!("cannot empty {}: {error}", to.display()))?;
    }
    for browser in manifest::BROWSERS {
        let zip = zip(files(&dist.join(format!("extension-{browser}")))?)?;
        check(&unzip(&zip)?).map_err(|error| format!("the package for {browser}: {error}"))?;
        write(&to.join(format!("leastwise-{version}-{browser}.zip")), zip)?;
    }
    write(&to.join(format!("leastwise-{version}-source.zip")), zip(sources(root)?)?)
}

/// The files below a folder, named from there.
fn files(folder: &Path) -> Result<Vec<File>> {
    let mut paths = Vec::new();
    bundle::below(folder, &mut paths)?;
    named(folder, paths)
}

fn named(folder: &Path, paths: Vec<PathBuf>) -> Result<Vec<File>> {
    paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string().replace('\\', "/");
            Ok((name, read(&path)?))
        })
        .collect()
}

/// The repository's own files. In an unpacked source package, where there is no git: all that lies there but what a build makes.
fn sources(root: &Path) -> Result<Vec<File>> {
    if !root.join(".git").exists() {
        let mut paths = Vec::new();
        source_files(root, &mut paths)?;
        return named(root, paths);
    }
    let output = Command::new("git").current_dir(root).args(["ls-files", "-z", "--cached"]).output();
    let output = output.ok().filter(|output| output.status.success()).ok_or("git does not list the files")?;
    let names = String::from_utf8(output.stdout).map_err(|_| "a file's name is no text")?;
    let paths = names.split_terminator('\0').map(|name| root.join(name));
    // A file that is deleted and not committed so is none.
    named(root, paths.filter(|path| path.is_file()).collect())
}

/// What a build makes, and no source: `.gitignore` says the same.
const MADE: [&str; 3] = ["dist", "node_modules", "target"];

fn source_files(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let made = path.file_name().is_some_and(|name| MADE.iter().any(|made| name == *made));
        match path.is_dir() {
            true if made => {}
            true => source_files(&path, paths)?,
            false => paths.push(path),
        }
    }
    Ok(())
}

/// A zip of these files, the same bytes whenever and wherever it is made.
fn zip(mut files: Vec<File>) -> Result<Vec<u8>> {
    files.sort();
    let failed = |error: zip::result::ZipError| format!("cannot make a zip: {error}");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        // Scripts of the source package are to be run.
        let mode = if bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        zip.start_file(name, options).map_err(failed)?;
        zip.write_all(&bytes).map_err(|error| format!("cannot make a zip: {error}"))?;
    }
    zip.finish().map(Cursor::into_inner).map_err(failed)
}

/// What is in a zip, as a store unpacks it.
pub fn unzip(bytes: &[u8]) -> Result<Vec<File>> {
    let failed = |error: zip::result::ZipError| format!("cannot be unpacked: {error}");
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(failed)?;
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).map_err(failed)?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(|error| format!("cannot be unpacked: {error}"))?;
            let name = file.name().map_err(failed)?.into_owned();
            Ok((name, bytes))
        })
        .collect()
}

/// The extension's policy: no connection, no script but the package's own, no text that becomes code.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; connect-src 'none'; \
    worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

/// Keys of a manifest that we have. All others ask for something, or open a door.
const KEYS: [&str; 14] = [
    "action",
    "background",
    "browser_specific_settings",
    "content_security_policy",
    "default_locale",
    "description",
    "icons",
    "manifest_version",
    "minimum_chrome_version",
    "name",
    "optional_host_permissions",
    "permissions",
    "short_name",
    "version",
];

/// Kinds of files that a package may hold.
const ENDINGS: [&str; 6] = ["js", "json", "css", "html", "png", "wasm"];

/// What a store would refuse, and what we promised, in a package as it is unpacked.
fn check(package: &[File]) -> Result<()> {
    let find = |name: &str| package.iter().find(|(file, _)| file == name).map(|(_, bytes)| bytes.as_slice());
    let json = |name: &str| -> Result<Value> {
        let bytes = find(name).ok_or_else(|| format!("{name} is missing"))?;
        serde_json::from_slice(bytes).map_err(|error| format!("{name}: {error}"))
    };
    let manifest = json("manifest.json")?;
    let keys = manifest.as_object().ok_or("manifest.json is no object")?.keys();
    if let Some(key) = keys.into_iter().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("manifest.json: `{key}` was not there before: a promise changes with it"));
    }
    for (pointer, want) in [
        ("/manifest_version", Value::from(3)),
        ("/permissions", serde_json::json!(["activeTab", "scripting"])),
        ("/optional_host_permissions", serde_json::json!(["*://*/*"])),
        ("/content_security_policy", serde_json::json!({"extension_pages": POLICY})),
    ] {
        if manifest.pointer(pointer) != Some(&want) {
            return Err(format!("manifest.json: {pointer} is not {want}"));
        }
    }
    icons(&manifest, &find)?;
    locales(&manifest, package, &json)?;
    for (name, bytes) in package {
        part(name, bytes)?;
    }
    Ok(())
}

/// Every icon that is named is there, and is a PNG of its size.
fn icons<'a>(manifest: &Value, find: &impl Fn(&str) -> Option<&'a [u8]>) -> Result<()> {
    let named = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_object);
    for size in ["16", "32", "48", "128"] {
        if named("/icons").is_none_or(|icons| !icons.contains_key(size)) {
            return Err(format!("manifest.json: no icon of {size} pixels"));
        }
    }
    for (size, path) in [named("/icons"), named("/action/default_icon")].into_iter().flatten().flatten() {
        let path = path.as_str().unwrap_or_default();
        let bytes = find(path).ok_or_else(|| format!("the icon {path} is missing"))?;
        let side = |at: usize| {
            bytes.get(at..at + 4).map(|side| side.iter().fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte)))
        };
        let want = size.parse().ok();
        if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") || side(16) != want || side(20) != want {
            return Err(format!("the icon {path} is no PNG of {size} pixels"));
        }
    }
    Ok(())
}

/// Every message that the manifest or a script names is in every language, and short enough for the stores.
fn locales(manifest: &Value, package: &[File], json: &impl Fn(&str) -> Result<Value>) -> Result<()> {
    let default = manifest["default_locale"].as_str().ok_or("manifest.json: no default_locale")?;
    let mut wanted: Vec<String> = Vec::new();
    for key in
        ["name", "description"].map(|key| &manifest[key]).into_iter().chain([&manifest["action"]["default_title"]])
    {
        let name = key.as_str().and_then(|text| text.strip_prefix("__MSG_")?.strip_suffix("__"));
        wanted.push(name.ok_or("manifest.json: a text that is no message")?.to_owned());
    }
    for (_, bytes) in package.iter().filter(|(name, _)| name.ends_with(".js")) {
        let text = String::from_utf8_lossy(bytes);
        let names = text.split("getMessage(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
        wanted.extend(names);
    }
    let languages =
        package.iter().filter_map(|(name, _)| name.strip_prefix("_locales/")?.strip_suffix("/messages.json"));
    let languages: Vec<&str> = languages.collect();
    if !languages.contains(&default) {
        return Err(format!("no messages for the default language, {default}"));
    }
    for language in languages {
        let messages = json(&format!("_locales/{language}/messages.json"))?;
        let length = |name: &str| messages[name]["message"].as_str().map(|text| text.chars().count());
        if let Some(name) = wanted.iter().find(|name| length(name).is_none_or(|length| length == 0)) {
            return Err(format!("{language}: the message `{name}` is missing"));
        }
        for (name, most) in [("name", 75), ("description", 132)] {
            if length(name).is_some_and(|length| length > most) {
                return Err(format!("{language}: the {name} has more than {most} characters"));
            }
        }
    }
    Ok(())
}

/// A file may be in a package, and holds nothing that looks like code from elsewhere.
fn part(name: &str, bytes: &[u8]) -> Result<()> {
    let known = ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"].contains(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if !known && !ENDINGS.contains(&ending) {
        return Err(format!("{name}: a file of this kind does not belong in a package"));
    }
    let text = String::from_utf8_lossy(bytes);
    match ending {
        "js" => {
            imports::allowed(name.rsplit('/').next().unwrap_or(name), &text)?;
            let foreign = text.lines().find(|line| {
                let code = line.trim_start();
                !code.starts_with("//")
                    && !code.starts_with('*')
                    && ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| code.contains(scheme))
            });
            if let Some(line) = foreign {
                return Err(format!("{name}: an address: {}", line.trim()));
            }
            if text.lines().any(|line| line.len() > 1000) {
                return Err(format!("{name}: a line that nobody can review"));
            }
        }
        "html" => {
            let lower = text.to_ascii_lowercase();
            for bad in ["://", " style=", "<style", "javascript:", "<iframe", "<object", "<embed", "<base", "<form"] {
                if lower.contains(bad) {
                    return Err(format!("{name}: `{bad}` does not belong in a page of the package"));
                }
            }
            if lower.matches("<script").count() != lower.matches("<script type=\"module\" src=\"").count() {
                return Err(format!("{name}: a script that is no file of the package"));
            }
            if lower.split(['<', ' ', '\n']).any(|word| word.starts_with("on") && word.contains('=')) {
                return Err(format!("{name}: a handler"));
            }
        }
        "css" if text.contains("url(") || text.contains("@import") => {
            return Err(format!("{name}: a style that loads something"));
        }
        "wasm" if !bytes.starts_with(b"\0asm") => return Err(format!("{name}: no WebAssembly")),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(side: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &side.to_be_bytes(), &side.to_be_bytes(), &[8, 6, 0, 0, 0]]
            .concat()
    }

    fn good() -> Vec<File> {
        let icons = serde_json::json!({"16": "icons/16.png", "32": "icons/32.png", "48": "icons/48.png", "128": "icons/128.png"});
        let manifest = serde_json::json!({
            "manifest_version": 3, "name": "__MSG_name__", "description": "__MSG_description__", "version": "1.0.0", "default_locale": "en", "icons": icons,
            "action": {"default_title": "__MSG_action__", "default_icon": {"16": "icons/16.png"}}, "permissions": ["activeTab", "scripting"],
            "optional_host_permissions": ["*://*/*"], "content_security_policy": {"extension_pages": POLICY},
        });
        let messages = serde_json::json!({"name": {"message": "a"}, "description": {"message": "b"}, "action": {"message": "c"}, "more": {"message": "d"}});
        let mut files: Vec<File> = [16, 32, 48, 128].map(|side| (format!("icons/{side}.png"), png(side))).to_vec();
        files.extend([
            ("manifest.json".into(), manifest.to_string().into_bytes()),
            ("_locales/en/messages.json".into(), messages.to_string().into_bytes()),
            ("popup.js".into(), b"const words = getMessage(\"more\");\n".to_vec()),
            ("popup.html".into(), b"<!DOCTYPE html><script type=\"module\" src=\"popup.js\"></script>".to_vec()),
            ("style.css".into(), b"a { color: red }".to_vec()),
            ("leastwise.wasm".into(), b"\0asm\x01\0\0\0".to_vec()),
        ]);
        files
    }

    #[test]
    fn the_same_files_give_the_same_bytes_in_any_order() {
        let mut files = good();
        let first = zip(files.clone()).unwrap();
        files.reverse();
        assert_eq!(first, zip(files.clone()).unwrap());
        let mut back = unzip(&first).unwrap();
        files.sort();
        back.sort();
        assert_eq!(back, files);
        files[0].1.push(b' ');
        assert_ne!(first, zip(files).unwrap(), "another byte is another package");
    }

    /// Who has only the source package makes the same source package of it.
    #[test]
    fn an_unpacked_source_package_has_the_same_sources() {
        let root = crate::root();
        let listed = sources(&root).unwrap();
        assert!(listed.len() > 300 && listed.iter().any(|(name, _)| name == "build.sh"), "{} files", listed.len());
        let place = std::env::temp_dir().join(format!("leastwise sources {}", std::process::id()));
        for (name, bytes) in &listed {
            write(&place.join(name), bytes).unwrap();
        }
        // What a build leaves there is no source.
        write(&place.join("dist/leastwise.html"), "x").unwrap();
        write(&place.join("target/debug/x"), "x").unwrap();
        let found = sources(&place);
        std::fs::remove_dir_all(&place).unwrap();
        let (mut found, mut listed) = (found.unwrap(), listed);
        found.sort();
        listed.sort();
        let names = |files: &[File]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found), names(&listed));
        assert!(zip(found).unwrap() == zip(listed).unwrap(), "the same bytes");
    }

    #[test]
    fn a_good_package_passes_and_each_broken_one_does_not() {
        assert_eq!(check(&good()), Ok(()));
        let edited = |file: &str, from: &str, to: &str| {
            let mut files = good();
            let found = files.iter_mut().find(|(name, _)| name == file).unwrap();
            let text = String::from_utf8_lossy(&found.1).into_owned();
            assert!(text.contains(from), "{file} has no {from}");
            found.1 = text.replace(from, to).into_bytes();
            files
        };
        let with = |file: &str, bytes: &[u8]| {
            let mut files = good();
            files.retain(|(name, _)| name != file);
            files.push((file.into(), bytes.to_vec()));
            files
        };
        let without = |file: &str| good().into_iter().filter(|(name, _)| name != file).collect::<Vec<_>>();
        for (why, package, message) in [
            ("another permission", edited("manifest.json", "\"scripting\"", "\"scripting\",\"tabs\""), "/permissions"),
            (
                "a host at install",
                edited("manifest.json", "\"permissions\"", "\"host_permissions\":[\"*://*/*\"],\"permissions\""),
                "host_permissions",
            ),
            (
                "a fixed content script",
                edited("manifest.json", "\"permissions\"", "\"content_scripts\":[],\"permissions\""),
                "content_scripts",
            ),
            (
                "a weaker policy",
                edited("manifest.json", "connect-src 'none'", "connect-src 'self'"),
                "content_security_policy",
            ),
            ("an icon too small", with("icons/128.png", &png(64)), "no PNG of 128"),
            ("an icon that is none", with("icons/16.png", b"<svg/>"), "no PNG of 16"),
            ("an icon less", without("icons/48.png"), "missing"),
            ("a message less", edited("_locales/en/messages.json", "\"more\"", "\"less\""), "`more` is missing"),
            (
                "a long description",
                edited("_locales/en/messages.json", "\"b\"", &format!("\"{}\"", "b".repeat(133))),
                "more than 132",
            ),
            ("no language", without("_locales/en/messages.json"), "default language"),
            ("code from text", with("popup.js", b"eval(x)"), "`eval`"),
            ("code from text, too", with("popup.js", b"new Function(x)"), "`Function`"),
            ("a computed import", with("popup.js", b"await import (x)"), "computed import"),
            ("a remote script", with("popup.js", b"const from = \"https://x.example/a.js\";"), "an address"),
            ("minified code", with("popup.js", "a;".repeat(600).as_bytes()), "review"),
            ("a script in the page", with("popup.html", b"<script>x</script>"), "no file of the package"),
            (
                "a remote script in the page",
                with("popup.html", b"<script type=\"module\" src=\"//x.example/a.js\"></script><a href=https://x>"),
                "`://`",
            ),
            ("a handler", with("popup.html", b"<p onclick=\"x\">"), "handler"),
            ("a style that loads", with("style.css", b"a { background: url(x.png) }"), "loads"),
            ("a source map", with("popup.js.map", b"{}"), "does not belong"),
            ("no module", with("leastwise.wasm", b"<html>"), "no WebAssembly"),
        ] {
            let said = check(&package);
            assert!(said.as_ref().is_err_and(|said| said.contains(message)), "{why}: {said:?}");
        }
    }
}
