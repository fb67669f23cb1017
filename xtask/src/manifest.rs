//! The browsers' manifests: one base, and what differs in a file a browser.

use std::path::Path;

use serde_json::Value;

use crate::{Result, read_text};

pub const BROWSERS: [&str; 2] = ["chromium", "firefox"];
/// Files of `extension/` that are sources of the manifest, not parts of the package.
pub const SOURCES: [&str; 3] = ["manifest.base.json", "manifest.chromium.json", "manifest.firefox.json"];

/// The manifest of a browser, with the version of the package.
pub fn manifest(root: &Path, browser: &str) -> Result<String> {
    let read = |name: String| -> Result<Value> {
        let text = read_text(&root.join("extension").join(&name))?;
        serde_json::from_str(&text).map_err(|error| format!("extension/{name}: {error}"))
    };
    let mut manifest = read("manifest.base.json".into())?;
    manifest["version"] = Value::String(version(root)?);
    merge(&mut manifest, read(format!("manifest.{browser}.json"))?);
    serde_json::to_string_pretty(&manifest).map(|text| text + "\n").map_err(|error| error.to_string())
}

/// The version in Cargo.toml.
pub fn version(root: &Path) -> Result<String> {
    let text = read_text(&root.join("Cargo.toml"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("version = \"")).and_then(|rest| rest.strip_suffix('"'));
    line.map(str::to_owned).ok_or_else(|| "Cargo.toml names no version".into())
}

/// Adds what is new, looks into objects, replaces all else.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
