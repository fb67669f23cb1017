//! `dist/`: the wasm module and its glue, put together with the files of `www/` and `extension/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{Result, imports, manifest, package, read, read_text, single, write};

const TARGET: &str = "wasm32-unknown-unknown";

/// The two files of the module.
pub struct Module {
    pub wasm: Vec<u8>,
    pub glue: String,
}

pub fn build(root: &Path) -> Result<()> {
    let screen = bind(&compile(root, "screen")?, Names::Dropped)?;
    let worker = bind(&compile(root, "worker")?, Names::Dropped)?;
    let core = bind(&compile(root, "core")?, Names::Dropped)?;
    let background = bind(&compile(root, "background")?, Names::Dropped)?;
    let popup = bind(&compile(root, "popup")?, Names::Dropped)?;
    let dist = root.join("dist");
    for folder in ["page", "extension-chromium", "extension-firefox", "npm"] {
        let path = dist.join(folder);
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(|error| format!("cannot empty {}: {error}", path.display()))?;
        }
    }
    page(root, &dist.join("page"), &screen, &worker)?;
    for browser in manifest::BROWSERS {
        let folder = dist.join(format!("extension-{browser}"));
        extension(root, &folder, browser, &background)?;
        with_loader(root, &folder.join("whole"), &core)?;
        with_loader(root, &folder.join("popup"), &popup)?;
    }
    npm(root, &dist.join("npm"), &core)?;
    single::build(root, &screen, &worker)?;
    imports::check(root)?;
    package::build(root, &dist)?;
    sums(&dist)?;
    println!("{:24} {:>9} {:>9}", "modules, bytes", "raw", "gzip");
    for (whose, module) in [
        ("popup", &popup),
        ("page", &screen),
        ("page's worker", &worker),
        ("background", &background),
        ("whole, npm package", &core),
    ] {
        println!("{whose:24} {:>9} {:>9}", module.wasm.len(), single::gzip(&module.wasm)?.len());
    }
    Ok(())
}

/// One module alone, with the names of its functions: to profile it, or to see which of them are large.
pub fn module(root: &Path, feature: &str, to: &Path) -> Result<()> {
    module_files(to, &bind(&compile(root, feature)?, Names::Kept)?)
}

/// `SHA256SUMS`: what `sha256sum --check` takes, a line a file of what people load or install, in order of the names.
fn sums(dist: &Path) -> Result<()> {
    let mut files = vec![dist.join("leastwise.html")];
    for folder in ["extension-chromium", "extension-firefox", "npm", "packages", "page"] {
        below(&dist.join(folder), &mut files)?;
    }
    let mut lines = Vec::new();
    for file in files {
        let name = file.strip_prefix(dist).unwrap_or(&file).display().to_string().replace('\\', "/");
        let sum = format!("{:x}", Sha256::digest(read(&file)?));
        lines.push((name.clone(), format!("{sum}  {name}\n")));
    }
    lines.sort();
    write(&dist.join("SHA256SUMS"), lines.into_iter().map(|(_, line)| line).collect::<String>())
}

/// The files below a folder.
pub fn below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() { below(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// The library as a wasm module, before its bindings.
fn compile(root: &Path, feature: &str) -> Result<PathBuf> {
    // Paths of this machine must not reach the module: the same source gives the same bytes anywhere.
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let mut flags = vec![
        "-Ctarget-feature=+simd128".into(),
        format!("--remap-path-prefix={}=.", root.display()),
        format!("--remap-path-prefix={}=cargo", home.unwrap_or_else(|_| "/nowhere".into())),
    ];
    if feature == "background" {
        // A little more than nothing is put in place of calls: what is built for size alone takes half as long again, and is a
        // hundredth smaller (docs/performance.md).
        flags.push("-Cllvm-args=-inline-threshold=25".into());
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args(["rustc", "--locked", "--package", "leastwise", "--lib", "--crate-type", "cdylib"])
        .args(["--target", TARGET, "--profile", "wasm"])
        .arg(format!("--features={feature}"))
        // Encoded, so that a folder with a space in its name does no harm.
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("the wasm module did not compile: see above".into());
    }
    let target = std::env::var("CARGO_TARGET_DIR").map_or_else(|_| root.join("target"), |path| root.join(path));
    Ok(target.join(TARGET).join("wasm/leastwise.wasm"))
}

/// Does a module say what its functions are called?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Kept,
    Dropped,
}

/// Bindings for browsers, without the generated loader: it would `fetch`, and `www/load.js` is the only place that may.
fn bind(wasm: &Path, names: Names) -> Result<Module> {
    let mut bindgen = Bindgen::new();
    let output = bindgen
        .input_path(wasm)
        .out_name("leastwise")
        .web(true)
        .map_err(|error| error.to_string())?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(names == Names::Dropped)
        .remove_producers_section(true)
        .generate_output();
    let mut output = output.map_err(|error| format!("wasm-bindgen: {error:#}"))?;
    let snippets = output.snippets().iter().filter(|(_, snippets)| !snippets.is_empty()).map(|(name, _)| name);
    let others: Vec<&String> =
        snippets.chain(output.local_modules().keys()).chain(output.npm_dependencies().keys()).collect();
    if !others.is_empty() {
        return Err(format!("a dependency brings JavaScript of its own ({others:?}): only generated glue may run"));
    }
    let glue = without_markup(&without_loader(output.js())?);
    Ok(Module { wasm: output.wasm_mut().emit_wasm(), glue })
}

/// Cuts `__wbg_load` and `__wbg_init` out of the glue. Their shape belongs to the exact wasm-bindgen release that
/// Cargo.lock names; if it changes, this says so instead of letting a loader through.
fn without_loader(glue: &str) -> Result<String> {
    const EXPORT: &str = "export { initSync, __wbg_init as default };";
    let mut glue = glue.to_owned();
    for (from, to) in [("async function __wbg_load(", "function initSync("), ("let __wbg_init_promise;", EXPORT)] {
        let start = glue.find(from).ok_or_else(|| format!("the glue has no `{from}` to take out"))?;
        let length = glue[start..].find(to).ok_or_else(|| format!("the glue has no `{to}` behind `{from}`"))?;
        glue.replace_range(start..start + length, "");
    }
    Ok(glue.replace(EXPORT, "export { initSync };"))
}

/// yew can make markup from text (`VRaw`); we never do, and with this nobody can: it fails instead.
fn without_markup(glue: &str) -> String {
    let setter = "arg0.innerHTML = getStringFromWasm0(arg1, arg2);";
    glue.replace(setter, "throw new Error(\"Leastwise makes no markup from text\");")
}

fn page(root: &Path, to: &Path, screen: &Module, worker: &Module) -> Result<()> {
    copy(&root.join("www"), to)?;
    // The samples are inside the module, where their placeholders become made-up tokens.
    std::fs::remove_dir_all(to.join("samples")).map_err(|error| format!("cannot leave out samples: {error}"))?;
    for single in ["single.html", "single.js", "single-worker.js", "unpack.js"] {
        std::fs::remove_file(to.join(single)).map_err(|error| format!("cannot leave out {single}: {error}"))?;
    }
    notices(root, to)?;
    with_loader(root, &to.join("analysis"), worker)?;
    module_files(to, screen)
}

fn extension(root: &Path, to: &Path, browser: &str, module: &Module) -> Result<()> {
    copy(&root.join("extension"), to)?;
    for file in manifest::SOURCES {
        std::fs::remove_file(to.join(file)).map_err(|error| format!("cannot leave out {file}: {error}"))?;
    }
    for shared in ["style.css", "load.js"] {
        write(&to.join(shared), read(&root.join("www").join(shared))?)?;
    }
    write(&to.join("manifest.json"), manifest::manifest(root, browser)?)?;
    notices(root, to)?;
    module_files(to, module)
}

/// The npm package, ready for `npm pack`.
fn npm(root: &Path, to: &Path, core: &Module) -> Result<()> {
    copy(&root.join("npm"), to)?;
    write(&to.join("load.js"), read(&root.join("www/load.js"))?)?;
    notices(root, to)?;
    module_files(to, core)
}

/// A module in a folder of its own, with the same loader beside it.
fn with_loader(root: &Path, to: &Path, module: &Module) -> Result<()> {
    write(&to.join("load.js"), read(&root.join("www/load.js"))?)?;
    module_files(to, module)
}

fn module_files(to: &Path, module: &Module) -> Result<()> {
    write(&to.join("leastwise.js"), &module.glue)?;
    write(&to.join("leastwise.wasm"), &module.wasm)
}

fn notices(root: &Path, to: &Path) -> Result<()> {
    for file in ["LICENSE-APACHE", "LICENSE-MIT", "NOTICE"] {
        write(&to.join(file), read_text(&root.join(file))?)?;
    }
    Ok(())
}

/// Copies a folder with what is in it, in a fixed order.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let entries = std::fs::read_dir(from).map_err(|error| format!("cannot read {}: {error}", from.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            write(&to.join(name), read(&path)?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::without_loader;

    #[test]
    fn the_generated_loader_is_taken_out_and_a_changed_one_is_refused() {
        let glue = "let wasm;\nasync function __wbg_load(module) {\n    fetch(1);\n}\n\nfunction initSync(m) {\n}\n\n\
                    let __wbg_init_promise;\nasync function __wbg_init(path) {\n    await __wbg_load(path);\n}\n\n\
                    export { initSync, __wbg_init as default };\n";
        let cut = without_loader(glue).unwrap();
        assert!(!cut.contains("fetch") && !cut.contains("__wbg_init") && cut.contains("export { initSync };"), "{cut}");
        assert!(without_loader(&glue.replace("__wbg_load(", "load_it(")).is_err());
    }
}
