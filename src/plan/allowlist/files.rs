//! Files beside a pipeline that say where its tools go: `.gitmodules`, `go.mod`, Terraform, Dockerfiles, scripts, and
//! whatever names a registry.

use super::evidence::{Evidence, EvidenceKind, Need, Target};
use super::needs::{What, by_path, call_via};
use super::python;
use super::target::{
    apis, git_setup, host_name, of_api, of_dependency_proxy, of_image, of_module, of_repository, repositories,
    with_braces,
};
use crate::catalog::is_tool_file;
use crate::context::Context;
use crate::input::pipeline::value::{Host, host, url};
use crate::rules::ci::is_foreign;
use crate::source::Source;

/// Reads what stands in a file that is no pipeline.
pub(super) fn read(source: &Source, context: &Context, out: &mut Evidence) {
    let name = source.name().as_str();
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let lower = base.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let of_a_tool = is_tool_file(base) || lower.starts_with("requirements") && lower.ends_with(".txt");
    if name.ends_with(".git/config") {
        out.repository = repository_of_clone(source.text(), context);
    } else if base == ".gitmodules" {
        submodules(source, context, out);
    } else if base == "go.mod" {
        out.is_go_mod = true;
        go_modules(source, context, out);
    } else if ends(&[".tf", ".tofu", ".tf.json", ".hcl"]) || base == "modules.json" {
        terraform(source, context, out);
    } else if lower.starts_with("dockerfile") || lower.starts_with("containerfile") || ends(&[".dockerfile"]) {
        images(source, context, out);
        registries(source, context, out);
    } else if base == ".netrc" || base == "_netrc" || base == ".git-credentials" {
        sign_in(source, context, out);
    } else if of_a_tool || source.text().contains("CI_JOB_TOKEN") || source.text().contains("job_token") {
        registries(source, context, out);
        scripts(source, context, out);
        if of_a_tool {
            git_dependencies(source, context, out);
        }
    }
}

/// Does every line of a file of this name count, or only what stands beside a job token?
pub(super) fn is_read_whole(name: &str) -> bool {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let lower = base.to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    let ends = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
    is_tool_file(base)
        || name.ends_with(".git/config")
        || begins(&["requirements", "dockerfile", "containerfile", ".netrc", "_netrc", ".git"])
        || ends(&[".tf", ".tofu", ".hcl", ".json", ".dockerfile", ".mod"])
}

fn need(target: Target, via: &'static str, what: What, line: usize) -> Need {
    let What { access, feature, permissions, coverage } = what;
    let (kind, line) = (EvidenceKind::Config, Some(line));
    Need { caller: None, target, via, access, feature, permissions, coverage, kind, by: None, line }
}

fn each_line(source: &Source, mut visit: impl FnMut(usize, &str)) {
    for (index, line) in source.text().lines().enumerate() {
        visit(index + 1, &with_braces(line.trim()));
    }
}

/// Is this host the instance, as far as that is known? What is not named in a credential's company has to look like one.
fn is_own(host: &Host, context: &Context) -> bool {
    match host {
        Host::Instance => true,
        Host::Unknown(_) => false,
        Host::Named(name) if context.hosts.is_empty() => {
            name.split(['.', '-']).any(|part| part.starts_with("gitlab")) && !is_foreign(host, &[])
        }
        Host::Named(_) => !is_foreign(host, &context.hosts),
    }
}

fn submodules(source: &Source, context: &Context, out: &mut Evidence) {
    out.is_submodules = true;
    each_line(source, |line, text| {
        let Some((key, value)) = text.split_once('=') else { return };
        if key.trim() != "url" {
            return;
        }
        match submodule(value.trim(), context) {
            Some((target, false)) => out.needs.push(need(target, "git-submodule", What::clone_of(), line)),
            Some((target, true)) => out.over_ssh.push((target, line)),
            None => {}
        }
    });
}

/// Where a submodule's address leads, and is it reached over SSH? `../lib.git` is relative to the own project; an address of
/// another host is not the job token's. <https://docs.gitlab.com/ci/runners/git_submodules/>
fn submodule(address: &str, context: &Context) -> Option<(Target, bool)> {
    let address = address.trim_matches('"');
    if address.starts_with("../") || address.starts_with("./") {
        let path = address.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        return Some((Target::Project(context.name(path)), false));
    }
    if !address.contains("://")
        && let Some((place, path)) = address.split_once(':')
        && let Some((_, name)) = place.split_once('@')
    {
        let host = host(name)?;
        return if is_own(&host, context) { Some((of_repository(path, context)?, true)) } else { None };
    }
    let found = url(address)?;
    let target = is_own(&found.host, context).then(|| of_repository(found.path, context))??;
    Some((target, address.starts_with("ssh://") || address.starts_with("git+ssh://")))
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

/// `require HOST/group/project v1.2.3`, alone or in a block; `replace OLD => HOST/group/project v1.2.3`.
fn go_modules(source: &Source, context: &Context, out: &mut Evidence) {
    let mut block = "";
    each_line(source, |line, text| {
        let text = text.split("//").next().unwrap_or_default().trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let module = match word {
            ")" => {
                block = "";
                return;
            }
            "require" | "replace" | "exclude" | "retract" | "tool" if rest.trim() == "(" => {
                block = match word {
                    "require" => "require",
                    "replace" => "replace",
                    _ => "other",
                };
                return;
            }
            "require" => rest,
            "replace" => rest.split_once("=>").map_or("", |(_, new)| new),
            _ if block == "require" => text,
            _ if block == "replace" => text.split_once("=>").map_or("", |(_, new)| new),
            _ => return,
        };
        let module = module.trim().trim_matches('"');
        let Some((name, path)) = module.split(' ').next().and_then(|module| module.split_once('/')) else { return };
        let own = name.contains('.') && is_own(&Host::Named(name.to_ascii_lowercase().into()), context);
        if own
            && path.contains('/')
            && let Some(target) = of_module(path, context)
        {
            out.needs.push(need(target, "go-module", What::clone_of(), line));
        }
    });
}

/// Terraform and OpenTofu: modules of the registry, of a repository, of an address; states that are kept and read.
fn terraform(source: &Source, context: &Context, out: &mut Evidence) {
    // The block that is open, and its depth: `data "terraform_remote_state"` only reads.
    let (mut remote_state, mut depth) = (None, 0_usize);
    each_line(source, |line, text| {
        if text.starts_with('#') || text.starts_with("//") {
            return;
        }
        if text.contains("\"terraform_remote_state\"") {
            remote_state = Some(depth);
        }
        depth += text.matches('{').count();
        depth = depth.saturating_sub(text.matches('}').count());
        for api in apis(text).into_iter().filter(|api| is_own(&api.host, context)) {
            let Some((target, rest)) = of_api(api.path, &api.host, context) else { continue };
            let Some((via, what)) = by_path(&rest, &target, false) else { continue };
            let reads = via == "terraform-state" && remote_state.is_some();
            let what = if reads { What::of(vec!["READ_TERRAFORM_STATE"]) } else { what };
            out.needs.push(need(target, via, what, line));
        }
        if remote_state.is_some_and(|outer| depth <= outer) && text.contains('}') {
            remote_state = None;
        }
        // `source = "…"`, `"Source": "…"`, both in one line of modules.json.
        for (at, _) in text.match_indices("ource") {
            let rest = text.get(at + "ource".len()..).unwrap_or_default();
            let Some(rest) = rest.trim_start_matches(['"', ' ']).strip_prefix(['=', ':']) else { continue };
            let Some(value) = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            if let Some((target, via, what)) = module(value, context) {
                out.needs.push(need(target, via, what, line));
            }
        }
    });
}

/// A module's source: `HOST/GROUP/NAME/SYSTEM` of the registry, or a repository.
/// <https://docs.gitlab.com/user/packages/terraform_module_registry/>
fn module(source: &str, context: &Context) -> Option<(Target, &'static str, What)> {
    let place = source.strip_prefix("git::").unwrap_or(source);
    if place.contains("://") {
        if place.contains("/api/v4/") || place.starts_with("ssh://") {
            return None;
        }
        // `//` behind the repository begins a folder in it.
        let found = url(place)?;
        let path = found.path.split("//").next().unwrap_or_default();
        let target = is_own(&found.host, context).then(|| of_repository(path, context))??;
        return Some((target, "git-clone", What::clone_of()));
    }
    let (name, rest) = source.split_once('/')?;
    if !name.contains('.') || name.starts_with('.') || name.contains(':') {
        return None;
    }
    let host = host(name)?;
    if !is_own(&host, context) {
        return None;
    }
    // Terraform takes `gitlab.com/group/project` for a repository only with `git::` or `.git`; three parts are a module.
    let parts: Vec<&str> = rest.split("//").next().unwrap_or_default().split('/').collect();
    match parts.as_slice() {
        [group, _, _] => {
            let via = "terraform-module";
            Some((
                Target::Group(context.name(group)),
                via,
                by_path(&["packages", "terraform"], &Target::Host(host_name(&host, context)), false)?.1,
            ))
        }
        _ if rest.contains(".git") => {
            Some((of_repository(rest.split("//").next()?, context)?, "git-clone", What::clone_of()))
        }
        _ => None,
    }
}

/// `FROM`, `COPY --from=`.
fn images(source: &Source, context: &Context, out: &mut Evidence) {
    each_line(source, |line, text| {
        let mut words = text.split_whitespace();
        let image = match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "FROM" => words.find(|word| !word.starts_with("--")),
            "COPY" | "ADD" => words.find_map(|word| word.strip_prefix("--from=")),
            _ => None,
        };
        let Some(image) = image else { return };
        if let Some(target) = of_dependency_proxy(image, context) {
            out.needs.push(need(
                target,
                "dependency-proxy",
                What::outside(super::evidence::Access::DependencyProxy),
                line,
            ));
        } else if let Some((host, target)) = of_image(image, context).filter(|(host, _)| is_own(host, context)) {
            let _ = host;
            out.needs.push(need(target, "image-pull", What::image(false), line));
        }
    });
}

/// A file that hands the job token to whatever asks a host.
fn sign_in(source: &Source, context: &Context, out: &mut Evidence) {
    if !source.text().contains("CI_JOB_TOKEN") && !source.text().contains("gitlab-ci-token") {
        return;
    }
    each_line(source, |line, text| {
        let host = match text.split_once("machine ") {
            Some((_, rest)) => rest.split_whitespace().next().and_then(host),
            None => repositories(text).into_iter().next().filter(|found| found.signed).map(|found| found.host),
        };
        if let Some(host) = host.filter(|host| is_own(host, context)) {
            out.needs.push(need(Target::Host(host_name(&host, context)), "git-clone", What::clone_of(), line));
        }
    });
}

fn registries(source: &Source, context: &Context, out: &mut Evidence) {
    each_line(source, |line, text| {
        for api in apis(text) {
            if is_foreign(&api.host, &context.hosts) {
                continue;
            }
            let Some((target, rest)) = of_api(api.path, &api.host, context) else { continue };
            if let Some((via, what)) = by_path(&rest, &target, false) {
                out.needs.push(need(target, via, what, line));
            }
        }
    });
}

/// Scripts that a pipeline starts: python-gitlab, clones with the job token in the address.
fn scripts(source: &Source, context: &Context, out: &mut Evidence) {
    for found in python::read(source.text()) {
        let (line, _) = source.line_column(found.at);
        python::tell(&found, line, context, out);
    }
    // Commands go on behind a `\\` at the end of a line.
    let (mut command, mut first) = (String::new(), 0);
    each_line(source, |line, text| {
        if command.is_empty() {
            first = line;
        }
        command.push_str(text.trim_end_matches('\\'));
        if text.ends_with('\\') && command.len() < LONGEST_COMMAND {
            return command.push(' ');
        }
        script_command(&std::mem::take(&mut command), first, context, out);
    });
}

/// A command longer than this is no command; bytes.
const LONGEST_COMMAND: usize = 16 * 1024;

fn script_command(text: &str, line: usize, context: &Context, out: &mut Evidence) {
    if !text.contains("CI_JOB_TOKEN") || git_setup(text).is_some() {
        return;
    }
    for found in repositories(text) {
        if found.signed
            && is_own(&found.host, context)
            && let Some(target) = of_repository(found.path, context)
        {
            let push = text.contains("git push");
            let (via, what) =
                if push { ("git-push", What::of(vec!["ADMIN_REPOSITORIES"])) } else { ("git-clone", What::clone_of()) };
            out.needs.push(need(target, via, what, line));
        }
    }
    for api in apis(text).into_iter().filter(|api| is_own(&api.host, context)) {
        let Some((target, rest)) = of_api(api.path, &api.host, context) else { continue };
        // Registries are told of already, whichever tool asks them.
        if by_path(&rest, &target, false).is_some() && !writes(text) {
            continue;
        }
        let via = call_via(&rest);
        if let Some(what) = What::of_call(method(text), api.path, via) {
            out.needs.push(need(target, via, what, line));
        }
    }
}

fn writes(text: &str) -> bool {
    method(text) != "GET"
}

/// The method of a command line of curl and the like, as far as its options say.
fn method(text: &str) -> &str {
    let mut words = text.split_whitespace();
    let mut data = false;
    while let Some(word) = words.next() {
        match word {
            "-X" | "--request" | "--method" | "-Method" => {
                return words.next().map_or("GET", |method| method.trim_matches(['"', '\'']));
            }
            "-T" | "--upload-file" => return "PUT",
            "-d" | "--data" | "-F" | "--form" | "--data-urlencode" | "--json" | "--post-data" => data = true,
            _ => {
                if let Some(method) = word.strip_prefix("-X").or_else(|| word.strip_prefix("--request=")) {
                    return method;
                }
                if word.starts_with("--upload-file=") {
                    return "PUT";
                }
                data |= ["--data", "--form", "-F", "-d"].iter().any(|start| word.starts_with(start));
            }
        }
    }
    if data { "POST" } else { "GET" }
}

/// Packages that a tool takes from a repository: `git+https://HOST/shop/lib.git`.
fn git_dependencies(source: &Source, context: &Context, out: &mut Evidence) {
    each_line(source, |line, text| {
        for found in repositories(text) {
            let of_git = text.contains("git+https://") || found.path.contains(".git");
            if of_git
                // Over SSH the job token has no part in it.
                && !text.contains("ssh://")
                && !found.path.contains(".git/config")
                && is_own(&found.host, context)
                && let Some(target) = of_repository(found.path, context)
            {
                out.needs.push(need(target, "git-clone", What::clone_of(), line));
            }
        }
    });
}
