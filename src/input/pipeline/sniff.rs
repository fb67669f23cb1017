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
    if file.ends_with(".gitlab-ci.yml") || file.ends_with(".gitlab-ci.yaml") {
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
        let Some((key, value)) = bare.split_once(':') else { continue };
        let key = key.trim_matches(['"', '\'', ' ']);
        if depth == 0 {
            let plain = value.is_empty() || value.starts_with([' ', '\t']);
            if !plain || bare.starts_with(['{', '[', '-', '<']) {
                under_include &= bare.starts_with('-');
                if under_include && is_include(bare) {
                    ours += 1;
                }
                continue;
            }
            indent = None;
            let opens = value.trim_start();
            under_key = (opens.is_empty() || opens.starts_with(['&', '#'])) && !OTHERS.contains(&key);
            under_include = key == "include";
            ours += usize::from(OURS.contains(&key));
            others += usize::from(OTHERS.contains(&key));
        } else {
            let first = *indent.get_or_insert(depth);
            if under_include && is_include(bare) {
                ours += 1;
            }
            let in_job = ["script", "before_script", "extends", "trigger", "after_script", "stage", "artifacts"];
            job |= under_key && depth == first && in_job.contains(&key);
        }
    }
    others <= usize::from(ours > 0) && (job || ours > 1)
}

fn is_include(line: &str) -> bool {
    let line = line.trim_start_matches(['-', ' ']);
    ["local:", "remote:", "project:", "component:", "template:"].iter().any(|key| line.starts_with(key))
}
