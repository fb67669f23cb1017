//! What `build.sh` needs beyond cargo: makes `dist/` (the page and the extension), checks what the wasm module can reach,
//! and serves the page for a try. Nothing here downloads anything.

mod bundle;
mod imports;
mod manifest;
mod package;
mod serve;
mod single;
mod site;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// All that can go wrong is said to a person in words.
type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "usage: xtask build                 make everything in dist/: page, extension, npm package, site\n       \
                     xtask module NAME FOLDER    one module alone (popup, screen, worker, background, core), its functions named\n       \
                     xtask site                  make dist/site: the documentation as static pages\n       \
                     xtask verify                make it all from the source package in another folder, and compare\n       \
                     xtask imports [--accept]    compare what the built module imports with docs/imports.txt\n       \
                     xtask serve [PORT]          serve dist/page on 127.0.0.1 (default 8100; 0 picks a free port)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let result = match arguments.as_slice() {
        ["build"] => bundle::build(&root).and_then(|()| site(&root)),
        ["module", name, folder] => bundle::module(&root, name, Path::new(folder)),
        ["site"] => site(&root),
        ["verify"] => verify::verify(&root),
        ["imports"] => imports::check(&root),
        ["imports", "--accept"] => imports::accept(&root),
        ["serve"] => serve::serve(&root.join("dist/page"), 8100),
        ["serve", port] => match port.parse() {
            Ok(port) => serve::serve(&root.join("dist/page"), port),
            Err(_) => Err(format!("`{port}` is not a port number")),
        },
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn site(root: &Path) -> Result<()> {
    site::build(root).map(|pages| println!("dist/site: {pages} pages"))
}

/// The repository: this package's parent folder. Asked at run time, as cargo says it: one build folder may serve several
/// copies of the repository, and cargo does not build this anew for each.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().map(Path::to_path_buf).unwrap_or_default()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    }
    std::fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
