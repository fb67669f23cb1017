//! `dist/leastwise.html`: the whole page in one file, which works from a disk without a network.
//!
//! The application is a sandboxed frame (`srcdoc`) inside a shell that has no script of its own: a frame without an origin
//! has no storage, may not leave its place, and inherits the shell's policy, which names its scripts by their hashes and
//! allows no connection. The modules of page and worker are inside as base64 of gzip.

use std::io::Write as _;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

use crate::bundle::Module;
use crate::{Result, imports, manifest, read_text, write};

/// Style of the shell: the frame is all there is.
const SHELL_STYLE: &str = "html,body{margin:0;height:100%}iframe{display:block;width:100%;height:100%;border:0}";

/// Scripts of `www/` in the order in which they need each other, behind the glue: the page's and its worker's.
const PAGE: [&str; 3] = ["unpack.js", "single.js", "page.js"];
const WORKER: [&str; 3] = ["unpack.js", "single-worker.js", "worker.js"];

pub fn build(root: &Path, screen: &Module, core: &Module) -> Result<()> {
    let html = assemble(root, screen, core)?;
    write(&root.join("dist/leastwise.html"), html)
}

fn assemble(root: &Path, screen: &Module, core: &Module) -> Result<String> {
    let www = |name: &str| read_text(&root.join("www").join(name));
    let program = |module: &Module, names: [&str; 3]| -> Result<String> {
        imports::allowed("leastwise.js", &module.glue)?;
        let mut script = flat("leastwise.js", &module.glue)?;
        for name in names {
            let text = www(name)?;
            imports::allowed(name, &text)?;
            script.push_str(&flat(name, &text)?);
        }
        Ok(script)
    };
    let (script, worker) = (program(screen, PAGE)?, program(core, WORKER)?);
    let style = www("style.css")?;
    for (what, text) in [("the script", &script), ("the worker", &worker), ("the style", &style)] {
        inert(what, text)?;
    }
    let policy = policy(&script, &[&style, SHELL_STYLE]);
    let modules = [("module", packed(&screen.wasm)?), ("analysis", packed(&core.wasm)?)];
    let application = application(&www("index.html")?, &policy, &style, &script, &worker, &modules)?;
    let mut notices = String::new();
    for name in ["NOTICE", "LICENSE-MIT"] {
        notices.push_str(&read_text(&root.join(name))?);
        notices.push('\n');
    }
    if notices.contains("--") {
        return Err("NOTICE or LICENSE-MIT holds `--`, which would end the comment they stand in".into());
    }
    let shell = www("single.html")?;
    fill(
        &shell,
        &[
            ("policy", &policy),
            ("shell-style", SHELL_STYLE),
            ("version", &manifest::version(root)?),
            ("application", &attribute(&application)),
            ("notices", notices.trim()),
        ],
    )
}

/// No connection, no form, and only the scripts and styles with these hashes. `frame-src blob:` is what keeps the frame where it
/// is: it may go to no address, and Firefox hands over a file as if the frame went to it.
fn policy(script: &str, styles: &[&str]) -> String {
    let styles: Vec<String> = styles.iter().map(|style| hash(style)).collect();
    format!(
        "default-src 'none'; script-src {} 'wasm-unsafe-eval'; style-src {}; worker-src blob:; base-uri 'none'; \
         form-action 'none'; frame-src blob:; require-trusted-types-for 'script'; trusted-types leastwise",
        hash(script),
        styles.join(" ")
    )
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// The document in the frame, made from `www/index.html`: its links to other files become their contents.
fn application(
    index: &str,
    policy: &str,
    style: &str,
    script: &str,
    worker: &str,
    modules: &[(&str, String)],
) -> Result<String> {
    let mut html = index.to_owned();
    let modules: String = modules
        .iter()
        .map(|(id, packed)| format!("<script type=\"text/plain\" id=\"{id}\">{packed}</script>\n"))
        .collect();
    let inline = [
        (between(index, "<meta http-equiv=\"Content-Security-Policy\"", ">")?, {
            format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")
        }),
        (between(index, "<link rel=\"icon\"", ">")?, String::new()),
        (between(index, "<link rel=\"stylesheet\" href=\"style.css\"", ">")?, format!("<style>{style}</style>")),
        (between(index, "<script type=\"module\" src=\"page.js\"", "</script>")?, String::new()),
        (
            "</body>",
            format!(
                "{modules}<script type=\"text/plain\" id=\"worker\">{worker}</script>\n\
                 <script type=\"module\" id=\"program\">{script}</script>\n</body>"
            ),
        ),
    ];
    for (from, to) in inline {
        html = html.replacen(from, &to, 1);
    }
    for left in ["src=", "href="] {
        // What is left of an address would be one that the file does not hold.
        if html.split("<style>").next().is_some_and(|head| head.contains(left)) {
            return Err(format!("www/index.html still names another file ({left}…)"));
        }
    }
    Ok(html)
}

/// The part of `text` from `start` to `end`, both included.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Result<&'a str> {
    let missing = || format!("www/index.html has no `{start}…{end}`");
    let from = text.find(start).ok_or_else(missing)?;
    let length = text[from..].find(end).ok_or_else(missing)? + end.len();
    Ok(&text[from..from + length])
}

fn packed(bytes: &[u8]) -> Result<String> {
    gzip(bytes).map(|packed| BASE64_STANDARD.encode(&packed))
}

pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    // No name and no time in the header: the same module gives the same text.
    let mut encoder = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}

/// A script whose imports and exports are left out, since all of them end up in one. Only the plain forms that our scripts
/// and the glue use are known; any other is refused.
fn flat(name: &str, text: &str) -> Result<String> {
    let mut out = String::new();
    for line in text.lines() {
        let plain = if line.starts_with("import ") {
            let known = line.starts_with("import {") && line.contains("} from \"./") && line.ends_with("\";");
            if !known || line.contains(" as ") {
                return Err(format!("{name}: an import that the single file cannot take in: {line}"));
            }
            continue;
        } else if line.trim_start().starts_with("export {") {
            continue;
        } else {
            line.strip_prefix("export ").unwrap_or(line)
        };
        if plain.contains("import.meta") || plain.trim_start().starts_with("export ") {
            return Err(format!("{name}: the single file has no other files: {line}"));
        }
        out.push_str(plain);
        out.push('\n');
    }
    Ok(out)
}

/// Text that ends no element and begins no comment: it stands in the page as it is.
fn inert(what: &str, text: &str) -> Result<()> {
    let lower = text.to_ascii_lowercase();
    for bad in ["</script", "<script", "<!--", "</style"] {
        if lower.contains(bad) {
            return Err(format!("{what} of the single file holds `{bad}`: it would end where it stands"));
        }
    }
    Ok(())
}

/// As the value of an attribute in double quotes.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

/// Puts values into `{{name}}`; each must be there once, and none may be left.
fn fill(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut out = String::new();
    let mut rest = template;
    let mut used = 0;
    while let Some((before, tail)) = rest.split_once("{{") {
        let (name, after) = tail.split_once("}}").ok_or("www/single.html: `{{` without `}}`")?;
        let (_, value) = values
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("www/single.html: `{name}` is unknown"))?;
        out.push_str(before);
        out.push_str(value);
        used += 1;
        rest = after;
    }
    if used != values.len() {
        return Err("www/single.html does not use every value once".into());
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_would_leave_its_element_is_refused() {
        for bad in ["const a = '</script>';", "// <!-- x", "a </SCRIPT b", "x </style>", "'<script>'"] {
            assert!(inert("the script", bad).is_err(), "{bad}");
        }
        assert!(inert("the script", "if (a < b) { '</scrip'; }").is_ok());
    }

    #[test]
    fn imports_and_exports_are_taken_out_and_unknown_ones_refused() {
        let text = "import { a, b } from \"./x.js\";\nexport function c() {}\nexport { c };\nc();\n";
        assert_eq!(flat("x.js", text).unwrap(), "function c() {}\nc();\n");
        for bad in [
            "import x from \"./x.js\";",
            "import { a as b } from \"./x.js\";",
            "import { a } from \"https://a/x.js\";",
            "new URL(\"x\", import.meta.url)",
        ] {
            assert!(flat("x.js", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_template_is_filled_whole() {
        assert_eq!(fill("a{{x}}b{{y}}", &[("x", "{{y}}"), ("y", "2")]).unwrap(), "a{{y}}b2");
        assert!(fill("a{{z}}", &[("x", "1")]).is_err());
        assert!(fill("a", &[("x", "1")]).is_err());
    }

    #[test]
    fn the_same_module_is_packed_to_the_same_text() {
        assert_eq!(packed(b"abc").unwrap(), packed(b"abc").unwrap());
        let bytes = BASE64_STANDARD.decode(packed(b"abc").unwrap().as_bytes()).unwrap();
        assert_eq!(bytes[4..8], [0; 4], "no time in it");
    }

    #[test]
    fn an_attribute_cannot_be_left() {
        assert_eq!(attribute(r#"<a b="c" d='e'>&amp;"#), "<a b=&quot;c&quot; d='e'>&amp;amp;");
    }
}
