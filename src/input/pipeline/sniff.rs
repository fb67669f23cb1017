//! Is this text a GitLab CI/CD configuration?

/// Keys in the first column that only GitLab's files have.
static OURS: Keys<6> = Keys::new(["stages", "workflow", "default", "before_script", "after_script", "spec"]);

/// Keys in the first column of other systems' files: GitHub Actions, Travis CI, CircleCI, Azure Pipelines, AppVeyor, Drone,
/// Woodpecker, Bitbucket, Kubernetes, Ansible, Compose, Rultor, Taskfile, Cloud Build, Buildkite, Semaphore, Cirrus CI, pre-commit, Read
/// the Docs, Helm, OpenAPI, dbt.
static OTHERS: Keys<34> = Keys::new([
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
    "install",
    "environment",
    "merge",
    "release",
    "deploy",
    "blocks",
    "build_script",
    "test_script",
    "repos",
    "openapi",
    "swagger",
    "networks",
    "volumes",
    "matrix",
    "clone",
    "agent",
    "resources",
    "task",
]);

/// Keys that a job has and little else.
static OF_JOB: Keys<7> =
    Keys::new(["script", "before_script", "extends", "trigger", "after_script", "stage", "artifacts"]);

/// Keys that tell a job from a section of the same name in another system's file.
static TELLING: Keys<9> =
    Keys::new(["stage", "rules", "only", "extends", "before_script", "after_script", "artifacts", "id_tokens", "tags"]);

/// Kinds of `include` that no other system has.
const INCLUDES: &[&str] = &["local:", "remote:", "project:", "component:", "template:"];

/// Keys that each line's key is compared with.
struct Keys<const N: usize> {
    keys: [&'static str; N],
    /// For each first letter the lengths that keys have: most keys of most files are none of them.
    lengths: [u32; 32],
}

impl<const N: usize> Keys<N> {
    #[allow(clippy::indexing_slicing)] // What is left of a byte is below 32, and this runs in the compiler.
    const fn new(keys: [&'static str; N]) -> Self {
        let mut lengths = [0; 32];
        let mut rest: &[&str] = &keys;
        while let [key, behind @ ..] = rest {
            if let Some(first) = key.as_bytes().first() {
                lengths[*first as usize % 32] |= 1 << (key.len() % 32);
            }
            rest = behind;
        }
        Self { keys, lengths }
    }

    fn has(&self, key: &str) -> bool {
        let first = key.as_bytes().first().map_or(0, |byte| usize::from(byte % 32));
        self.lengths.get(first).is_some_and(|lengths| lengths & 1 << (key.len() % 32) != 0) && self.keys.contains(&key)
    }
}

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
    let mut seen = Seen::default();
    for line in crate::input::lines(look) {
        seen.line(line);
    }
    seen.is_ours()
}

/// What the lines so far show.
#[derive(Default)]
struct Seen {
    ours: usize,
    others: usize,
    /// A job's keys below keys that may be one's name.
    jobs: usize,
    variables: bool,
    included: bool,
    /// The last key in the first column opens a mapping that may be a job.
    under_key: bool,
    under_include: bool,
    under_spec: bool,
    /// Its name is one of [`OTHERS`]: it counts against us unless it is a job's after all.
    doubtful: bool,
    /// Depth of the first indented line below the last key in the first column.
    indent: Option<usize>,
}

impl Seen {
    fn line(&mut self, line: &str) {
        // Nearly every line begins with a letter or a blank.
        let bare = match line.as_bytes().first() {
            Some(first) if first.is_ascii_graphic() => line,
            Some(_) => line.trim_start(),
            None => return,
        };
        let Some(&first) = bare.as_bytes().first() else { return };
        if first == b'#' || bare.starts_with("---") {
            return;
        }
        let depth = line.len() - bare.len();
        if (depth > 0 || first == b'-') && self.under_include {
            self.include(bare);
        }
        let Some((key, value)) = key_and_value(bare) else { return };
        let is_bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let is_bare = is_bare(key.as_bytes().first()) && is_bare(key.as_bytes().last());
        let key = if is_bare { key } else { key.trim_matches(['"', '\'', ' ']) };
        if depth > 0 {
            let first = *self.indent.get_or_insert(depth);
            if depth == first && self.under_spec && key == "inputs" {
                self.ours += 1;
            }
            if depth == first && (self.under_key || self.doubtful) {
                self.job(key);
            }
            return;
        }
        if matches!(first, b'{' | b'[' | b'-' | b'<') {
            self.under_include &= first == b'-';
            return;
        }
        self.indent = None;
        let value = value.trim_start();
        let opens = value.is_empty() || value.starts_with(['&', '#']);
        self.doubtful = OTHERS.has(key);
        self.under_key = opens;
        self.under_include = key == "include";
        self.under_spec = key == "spec";
        if self.under_include {
            self.include(value);
        }
        self.ours += usize::from(OURS.has(key));
        self.others += usize::from(self.doubtful);
        self.variables |= key == "variables";
        // `build: {stage: test, script: [make]}`
        if value.starts_with('{') {
            for part in value.split([',', '{', '}']) {
                if let Some((key, _)) = part.split_once(':') {
                    self.job(key.trim().trim_matches(['"', '\'']));
                }
            }
        }
    }

    /// A key one level below the last one in the first column. `deploy:` is a job of many a pipeline, and a section with a
    /// script in other systems' files: then only what is GitLab's alone decides.
    fn job(&mut self, key: &str) {
        if !self.doubtful {
            self.jobs += usize::from(OF_JOB.has(key));
        } else if TELLING.has(key) {
            self.doubtful = false;
            self.others = self.others.saturating_sub(1);
            self.jobs += 1;
        }
    }

    /// How sure an item below `include:` makes it: other systems include files by their path too, none by these words.
    fn include(&mut self, item: &str) {
        let item =
            item.trim_start_matches(['-', ' ', '{', '[']).trim_end_matches(['}', ']', ' ']).trim_matches(['"', '\'']);
        let is_yaml = item.ends_with(".yml") || item.ends_with(".yaml");
        // Compose: `- path: other.yml`.
        self.others += usize::from(item.starts_with("path:"));
        if INCLUDES.iter().any(|key| item.starts_with(key)) || is_yaml && item.starts_with("https://") {
            self.ours += 2;
        } else if is_yaml {
            self.ours += 1;
        }
        self.included |= is_yaml;
    }

    const fn is_ours(&self) -> bool {
        let sure = self.ours + if self.included && self.variables { 1 } else { 0 };
        self.others <= if self.ours > 0 { 1 } else { 0 } && (self.jobs > 0 || sure > 1)
    }
}

/// A key may hold colons (`test:unit:`); the one behind it is followed by a blank or ends the line.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let first = memchr::memchr(b':', line.as_bytes())?;
    let behind = |sign: u8| {
        let mut at = first;
        while line.as_bytes().get(at + 1) != Some(&sign) {
            at += 1 + memchr::memchr(b':', line.as_bytes().get(at + 1..)?)?;
        }
        Some((line.get(..at)?, line.get(at + 2..)?))
    };
    behind(b' ').or_else(|| behind(b'\t')).or_else(|| Some((line.trim_end().strip_suffix(':')?, "")))
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn files_of_gitlab_are_known_whatever_their_name() {
        for (name, text) in [
            ("main.yml", "include: base.yml\nvariables: {H: x}\n"),
            ("main.yml", "include:\n  - local: /ci/a.yml\n"),
            ("main.yml", "include:\n  - {project: a/b, file: c.yml}\n"),
            ("main.yml", "a: {extends: .s}\n"),
            ("ci/build.yml", "build app:\n  image: x\n  script:\n    - make\n"),
            ("ci/deploy.yml", "deploy:\n  stage: deploy\n  environment: production\n  script:\n    - make\n"),
            ("ci/release.yml", "release:\n  rules: [{if: $CI_COMMIT_TAG}]\n  script: make\n"),
            (
                "templates/scan.yml",
                "spec:\n  inputs:\n    stage:\n      default: test\n---\n\"scan-$[[ inputs.stage ]]\":\n  image: x\n  script: run\n",
            ),
            ("x.yml", "services: [docker:dind]\nbefore_script: [a]\ntest:\n  script: [b]\n"),
            ("x.yml", "deploy:\n  script: [a]\n  tags: [x]\ntest:\n  script: [b]\n"),
        ] {
            assert!(looks_like(name, text), "{text}");
        }
    }

    #[test]
    fn files_of_other_systems_are_not_taken_for_gitlabs() {
        for (name, text) in [
            (
                ".rultor.yml",
                "docker:\n  image: x\nmerge:\n  script: |\n    mvn test\ndeploy:\n  script: |\n    mvn deploy\nrelease:\n  script: [a]\n",
            ),
            (
                ".github/workflows/a.yml",
                "name: CI\non: [push]\njobs:\n  build:\n    runs-on: x\n    steps:\n      - run: make\n",
            ),
            (
                "docker-compose.yml",
                "version: '3'\nservices:\n  web:\n    image: x\n    environment:\n      GITLAB_TOKEN: y\nnetworks: {a: {}}\n",
            ),
            ("compose.yml", "include:\n  - path: other.yml\n  - more/compose.yml\nservices:\n  a: {image: x}\n"),
            ("compose.yml", "include:\n  - more/compose.yml\n"),
            ("k8s.yml", "apiVersion: v1\nkind: Pod\nspec:\n  containers: []\n"),
            (".travis.yml", "language: ruby\nbefore_script: a\nscript: b\nafter_script: c\n"),
            (
                "azure-pipelines.yml",
                "trigger: [main]\npool: {vmImage: x}\nvariables: {a: b}\nstages:\n  - stage: a\nsteps: [{script: x}]\n",
            ),
            (".drone.yml", "kind: pipeline\ntype: docker\nsteps:\n  - name: a\n    commands: [x]\n"),
            (".woodpecker.yml", "steps:\n  build:\n    image: x\n    commands: [a]\n"),
            ("site.yml", "- hosts: all\n  tasks:\n    - script: x\n"),
            (
                "values.yaml",
                "gitlabUrl: https://h\nrbac:\n  create: true\n  rules: []\nrunners:\n  name: x\n  tags: a\n",
            ),
            ("values.yml", "image: {repository: x}\nservice: {type: a}\nresources: {}\n"),
            ("openapi.yml", "openapi: 3.0.0\npaths:\n  /a: {get: {}}\n"),
            (
                ".cirrus.yml",
                "task:\n  name: a\n  script: make\ntest_task:\n  container: {image: x}\n  test_script: make\n",
            ),
        ] {
            assert!(!looks_like(name, text), "{name}: {text}");
        }
    }
}
