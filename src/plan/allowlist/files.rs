//! Files beside a pipeline that say where its tools go: `.gitmodules`, `go.mod`, Terraform, and whatever names a registry.

use super::config::{What, package_via};
use super::evidence::{Evidence, EvidenceKind, Need, Target};
use super::target::{apis, of_api, of_repository, path_target};
use crate::catalog::registry;
use crate::context::Context;
use crate::input::pipeline::value::{Host, url};
use crate::rules::ci::is_foreign;
use crate::source::Source;

/// Reads what stands in a file that is no pipeline.
pub(super) fn read(source: &Source, context: &Context, out: &mut Evidence) {
    let name = source.name().as_str();
    let base = name.rsplit('/').next().unwrap_or_default();
    if name.ends_with(".git/config") {
        out.repository = repository_of_clone(source.text(), context);
    } else if base == ".gitmodules" {
        out.is_submodules = true;
        each_line(source, |line, text| {
            let Some((key, value)) = text.split_once('=') else { return };
            if key.trim() == "url"
                && let Some(target) = submodule(value.trim(), context)
            {
                out.needs.push(need(target, "git-submodule", What::of(vec!["READ_REPOSITORIES"]), line));
            }
        });
    } else if base == "go.mod" {
        go_modules(source, context, out);
    } else if base.ends_with(".tf") || base.ends_with(".tofu") {
        each_line(source, |line, text| {
            let Some((key, value)) = text.split_once('=') else { return };
            let value = value.trim().trim_matches('"');
            if key.trim() == "source"
                && let Some(host) = module_host(value, context)
            {
                let mut parts = value.split('/').skip(1);
                let group = parts.next().unwrap_or_default();
                let target = if group.is_empty() { Target::Host(host) } else { Target::Group(context.name(group)) };
                out.needs.push(need(
                    target,
                    "terraform-module",
                    What { grantable: false, ..What::of(Vec::new()) },
                    line,
                ));
            }
        });
        registries(source, context, out);
    } else if is_of_a_tool(base) || source.text().contains("CI_JOB_TOKEN") {
        registries(source, context, out);
    }
}

/// Files of package tools, in which addresses of registries stand without the token.
fn is_of_a_tool(base: &str) -> bool {
    const NAMES: [&str; 16] = [
        ".npmrc",
        ".yarnrc.yml",
        "package.json",
        "pom.xml",
        "settings.xml",
        "build.gradle",
        "build.gradle.kts",
        "pip.conf",
        "requirements.txt",
        "pyproject.toml",
        ".pypirc",
        "composer.json",
        "auth.json",
        "conanfile.txt",
        "Chart.yaml",
        "uv.toml",
    ];
    NAMES.contains(&base) || base.eq_ignore_ascii_case("nuget.config")
}

fn need(target: Target, via: &'static str, what: What, line: usize) -> Need {
    let What { access, feature, permissions, grantable } = what;
    let (kind, line) = (EvidenceKind::Config, Some(line));
    Need { caller: None, target, via, access, feature, permissions, grantable, kind, by: None, line }
}

fn each_line(source: &Source, mut visit: impl FnMut(usize, &str)) {
    for (index, line) in source.text().lines().enumerate() {
        visit(index + 1, line.trim());
    }
}

/// `../lib.git` is relative to the own project; an address of another host, or of SSH, is not the job token's.
fn submodule(address: &str, context: &Context) -> Option<Target> {
    if address.starts_with("../") || address.starts_with("./") {
        let path = address.strip_suffix(".git").unwrap_or(address).trim_end_matches('/');
        return Some(Target::Project(context.name(path)));
    }
    let url = url(address)?;
    (!is_foreign(&url.host, &context.hosts)).then(|| of_repository(url.path, context))?
}

/// `[remote "origin"] url = …`.
fn repository_of_clone(text: &str, context: &Context) -> Option<crate::text::Name> {
    let mut origin = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            origin = line == "[remote \"origin\"]";
        } else if origin
            && let Some(("url", address)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim()))
        {
            let path = match url(address) {
                Some(url) => url.path,
                None => address.split_once(':').filter(|(left, _)| left.contains('@')).map(|(_, path)| path)?,
            };
            return match of_repository(path, context)? {
                Target::Project(path) => Some(path),
                _ => None,
            };
        }
    }
    None
}

/// `require HOST/group/project v1.2.3`, alone or in a block.
fn go_modules(source: &Source, context: &Context, out: &mut Evidence) {
    let mut block = false;
    each_line(source, |line, text| {
        let text = text.split("//").next().unwrap_or_default().trim();
        let module = match text.strip_prefix("require") {
            Some(rest) if rest.trim() == "(" => {
                block = true;
                return;
            }
            Some(rest) if rest.starts_with(' ') => rest.trim(),
            _ if text == ")" => {
                block = false;
                return;
            }
            _ if block => text,
            _ => return,
        };
        let Some((host, path)) = module.split(' ').next().and_then(|module| module.split_once('/')) else { return };
        let own = if context.hosts.is_empty() {
            host.split(['.', '-']).any(|part| part.starts_with("gitlab"))
        } else {
            !is_foreign(&Host::Named(host.to_ascii_lowercase().into()), &context.hosts)
        };
        // A major version behind the path is no part of it.
        let path = match path.rsplit_once("/v") {
            Some((before, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => before,
            _ => path,
        };
        if own && path.contains('/') {
            out.needs.push(need(
                path_target(path, context, false),
                "go-module",
                What::of(vec!["READ_REPOSITORIES"]),
                line,
            ));
        }
    });
}

/// `gitlab.example.com/group/name/system`: three parts behind a host.
fn module_host(source: &str, context: &Context) -> Option<crate::text::Name> {
    let (host, rest) = source.split_once('/')?;
    let four = rest.split('/').count() == 3 && host.contains('.') && !host.starts_with('.') && !host.contains(':');
    let own = if context.hosts.is_empty() {
        host.contains("gitlab")
    } else {
        !is_foreign(&Host::Named(host.to_ascii_lowercase().into()), &context.hosts)
    };
    (four && own).then(|| context.name(host))
}

fn registries(source: &Source, context: &Context, out: &mut Evidence) {
    each_line(source, |line, text| {
        for api in apis(text) {
            if is_foreign(&api.host, &context.hosts) {
                continue;
            }
            let Some((target, rest)) = of_api(api.path, &api.host, context) else { continue };
            let (via, what) = match rest.as_slice() {
                ["packages", kind, ..] => {
                    let Some(known) = registry(kind) else { continue };
                    let whole = matches!(target, Target::Group(_) | Target::GroupId(_) | Target::Host(_));
                    let narrow = known.documented && !whole;
                    let read = What::of(vec!["READ_PACKAGES"]);
                    let permissions = if narrow { read.permissions } else { Vec::new() };
                    (package_via(known.id), What { permissions, grantable: narrow, ..What::of(vec!["READ_PACKAGES"]) })
                }
                ["terraform", "state", ..] => ("terraform-state", What::of(vec!["ADMIN_TERRAFORM_STATE"])),
                _ => continue,
            };
            out.needs.push(need(target, via, what, line));
        }
    });
}
