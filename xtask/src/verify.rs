//! Makes everything once more, from the source package in a folder of another name, and compares.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, manifest, package, read, read_text, write};

/// Compares `dist/` with what its own source package gives in another place: byte for byte, by the lines of `SHA256SUMS`.
pub fn verify(root: &Path) -> Result<()> {
    let dist = root.join("dist");
    let source = dist.join(format!("packages/leastwise-{}-source.zip", manifest::version(root)?));
    let zip = read(&source).map_err(|error| format!("{error}; make it with `./build.sh build`"))?;
    // Another name, another length, and a blank in it: nothing of the place may reach the bytes.
    let place = Place(std::env::temp_dir().join(format!("leastwise another place {}", std::process::id())));
    for (name, bytes) in package::unzip(&zip)? {
        write(&place.0.join(name), bytes)?;
    }
    println!("building {} in {}", source.display(), place.0.display());
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(&place.0)
        .args(["run", "--quiet", "--locked", "--package", "xtask", "--", "build"])
        .env("CARGO_TARGET_DIR", place.0.join("target"))
        .env_remove("CARGO_MANIFEST_DIR")
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("the source package does not build: see above".into());
    }
    let [here, there] = [&dist, &place.0.join("dist")].map(|dist| read_text(&dist.join("SHA256SUMS")));
    let files = compare(&here?, &there?)?;
    println!("{files} files, the same bytes in both places");
    Ok(())
}

/// A folder that goes when it is done with.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How many lines both lists have; which files differ otherwise.
fn compare(here: &str, there: &str) -> Result<usize> {
    let name = |line: &str| line.split_once("  ").map_or("", |(_, name)| name).to_owned();
    let only = |one: &str, other: &str| -> Vec<String> {
        one.lines().filter(|line| !other.lines().any(|known| known == *line)).map(name).collect()
    };
    let mut differ = [only(here, there), only(there, here)].concat();
    differ.sort();
    differ.dedup();
    if here.lines().count() == 0 || !differ.is_empty() {
        return Err(format!("not the same bytes: {}", differ.join(", ")));
    }
    Ok(here.lines().count())
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn another_byte_and_a_file_less_are_differences() {
        let list = "aa  page/a.js\nbb  page/b.wasm\n";
        assert_eq!(compare(list, list), Ok(2));
        assert_eq!(compare(list, "aa  page/a.js\ncc  page/b.wasm\n"), Err("not the same bytes: page/b.wasm".into()));
        assert_eq!(compare(list, "aa  page/a.js\n"), Err("not the same bytes: page/b.wasm".into()));
        assert!(compare("", "").is_err(), "nothing is not the same");
    }
}
