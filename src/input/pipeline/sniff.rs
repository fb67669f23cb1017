//! Is this text a GitLab CI/CD configuration?

/// Keys in the first column that only GitLab's files have, and those of other systems' files.
const OURS: &[&str] = &["stages", "workflow", "default", "before_script", "after_script", "spec"];
const OTHERS: &[&str] = &[
    "on",
    "jobs",
    "steps",
    "pipelines",
    "pool",
    "apiVersion",
    "kind",
    "language",
    "services",
    "orbs",
    "pipeline",
    "script",
    "trigger",
    "phases",
    "hosts",
    "tasks",
];

/// Looks at the name, then at the shape: keys in the first column, and `script:` or its like one level below.
pub(in crate::input) fn looks_like(name: &str, look: &str) -> bool {
    let file = name.replace('\\', "/");
    let is_yaml = file.ends_with(".yml") || file.ends_with(".yaml");
    if [".gitlab-ci.yml", ".gitlab-ci.yaml", "/gitlab-ci.yml", "/salsa-ci.yml"].iter().any(|end| file.ends_with(end)) {
        return true;
    }
    if is_yaml && (file.contains(".gitlab/ci/") || file.contains(".gitlab-ci/")) {
        return true;
    }
    let (mut ours, mut others) = (0, 0);
    let mut under_key = false;
    let mut under_include = false;
    let mut job = false;
    // Depth of the first indented line below the last key in the first column.
    let mut indent = None;
    for line in look.lines() {
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with('#') || bare.starts_with("---") {
            continue;
        }
        let depth = line.len() - bare.len();
        if depth > 0 && under_include || bare.starts_with('-') {
            ours += is_include(bare, under_include);
        }
        let Some((key, value)) = key_and_value(bare) else { continue };
        let key = key.trim_matches(['"', '\'', ' ']);
        if depth == 0 {
            if bare.starts_with(['{', '[', '-', '<']) {
                under_include &= bare.starts_with('-');
                continue;
            }
            indent = None;
            let opens = value.trim_start();
            under_key = (opens.is_empty() || opens.starts_with(['&', '#'])) && !OTHERS.contains(&key);
            under_include = key == "include";
            if under_include {
                ours += is_include(opens, true);
            }
            ours += usize::from(OURS.contains(&key));
            others += usize::from(OTHERS.contains(&key));
        } else {
            let first = *indent.get_or_insert(depth);
            let in_job = ["script", "before_script", "extends", "trigger", "after_script", "stage", "artifacts"];
            job |= under_key && depth == first && in_job.contains(&key);
        }
    }
    others <= usize::from(ours > 0) && (job || ours > 1)
}

/// A key may hold colons (`test:unit:`); the one behind it is followed by a blank or ends the line.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    line.split_once(": ").or_else(|| line.split_once(":\t")).or_else(|| Some((line.trim_end().strip_suffix(':')?, "")))
}

/// How sure an item below `include:` makes it: other systems include files by their path too, none an address of one.
fn is_include(line: &str, under_include: bool) -> usize {
    let line = line.trim_start_matches(['-', ' ']).trim_matches(['"', '\'', ' ']);
    let is_yaml = line.ends_with(".yml") || line.ends_with(".yaml");
    if !under_include {
        0
    } else if ["local:", "remote:", "project:", "component:", "template:"].iter().any(|key| line.starts_with(key)) {
        1
    } else if is_yaml && line.starts_with("https://") {
        2
    } else {
        usize::from(is_yaml)
    }
}
