//! What one input says about who calls whom with the job token: small, and without any piece of a credential.

use super::{config, files};
use crate::context::{Context, Version};
use crate::input::Model;
use crate::input::job_log::{JobLog, Refusal};
use crate::inventory::{EntryKind, Inventory, JobTokenMode, Namespace};
use crate::source::Source;
use crate::text::{Name, Text};
use crate::time::Date;

/// How an edge was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// In CI/CD configuration, or a file that a job's tools read.
    Config,
    /// A job was refused.
    Denial,
    /// GitLab's authentication log.
    AuthLog,
    /// An allowlist.
    Allowlist,
}

/// Where something leads, as one input says it. Paths may hold `${NAME}`, and begin with `../`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// The job's own project.
    Own,
    /// A project by path.
    Project(Name),
    /// A project by number.
    Id(u64),
    /// A group with all below it.
    Group(Name),
    /// The same by number.
    GroupId(u64),
    /// A project's path with more behind it, of which the text does not say how much: an image, a Go package.
    Below(Name),
    /// A whole host.
    Host(Name),
    /// A variable, or the last part of a path.
    Unknown(Name),
}

/// Is there a permission for a use?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Coverage {
    /// Those that are named cover it.
    Covered,
    /// None does: an entry with chosen permissions refuses it.
    NotCovered,
    /// What is called, the input does not show.
    NotSeen,
}

/// Whose rights count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// The job token reads what everybody may read where the project is public.
    PublicRead,
    /// The job token does something else.
    Other,
    /// The user who starts the pipeline: no entry is needed.
    User,
    /// A group's dependency proxy, which no allowlist guards.
    DependencyProxy,
    /// An agent for Kubernetes, whose configuration says who may come.
    Agent,
}

/// A part of a project that can be closed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Feature {
    Repository,
    Jobs,
    Packages,
    Images,
    Other,
}

/// One use of the job token, or a refused try.
#[derive(Clone, Debug)]
pub(crate) struct Need {
    /// Who calls; `None`: the input's own project.
    pub(crate) caller: Option<Target>,
    pub(crate) target: Target,
    /// `git-clone`, `package-npm`, …
    pub(crate) via: &'static str,
    pub(crate) access: Access,
    pub(crate) feature: Feature,
    /// What an entry has to grant, all of them.
    pub(crate) permissions: Vec<&'static str>,
    /// Can an entry with chosen permissions allow it?
    pub(crate) coverage: Coverage,
    pub(crate) kind: EvidenceKind,
    /// For a denial: what refused.
    pub(crate) by: Option<&'static str>,
    /// From 1.
    pub(crate) line: Option<usize>,
}

/// What an entry allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rights {
    /// The source does not say.
    Unknown,
    /// All that the job's user may do.
    All,
    /// These permissions.
    Some(std::collections::BTreeSet<Name>),
}

/// An allowlist's entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) group: bool,
    pub(crate) path: Option<Name>,
    pub(crate) id: Option<u64>,
    pub(crate) rights: Rights,
    pub(crate) line: Option<usize>,
}

/// A project's job token settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    /// Whose they are.
    pub(crate) path: Option<Name>,
    pub(crate) id: Option<u64>,
    /// Is the allowlist on?
    pub(crate) inbound: Option<bool>,
    pub(crate) entries: Option<Vec<Entry>>,
    pub(crate) log: Option<Vec<Logged>>,
}

/// A row of the log: path, day of the last use, line.
pub(crate) type Logged = (Name, Option<Date>, Option<usize>);

/// What one input says; [`Evidence::of`].
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Whose input it is.
    pub(crate) project: Option<Name>,
    pub(crate) project_id: Option<u64>,
    /// It is a pipeline's configuration: what it does not use, it does not need.
    pub(crate) is_config: bool,
    pub(crate) needs: Vec<Need>,
    pub(crate) grants: Option<Grants>,
    pub(crate) projects: Vec<Namespace>,
    pub(crate) groups: Vec<Namespace>,
    /// A clone's `.git/config` names the project of its folder.
    pub(crate) repository: Option<Name>,
    /// It is a `.gitmodules`.
    pub(crate) is_submodules: bool,
    /// It is a `go.mod`.
    pub(crate) is_go_mod: bool,
    /// Submodules that are fetched over SSH, unless a job is told to take HTTPS.
    pub(crate) over_ssh: Vec<(Target, usize)>,
    /// Is Git told to take HTTPS in place of SSH?
    pub(crate) forces_https: bool,
    pub(crate) version: Option<Version>,
    pub(crate) spots: Vec<(Option<usize>, Text)>,
}

impl Evidence {
    /// Takes from an input's model what a plan needs. `project` is whose input it is, where that is known.
    #[must_use]
    pub fn of(source: &Source, model: &Model, project: Option<&Name>, context: &Context) -> Self {
        let mut out = Self { project: project.cloned(), ..Self::default() };
        match model {
            Model::Pipeline(pipeline) => {
                out.is_config = true;
                config::read(source, pipeline, context, &mut out);
            }
            Model::JobLog(log) => out.log(source, log),
            Model::Inventory(inventory) => out.inventory(source, inventory),
            Model::Plain | Model::CredentialFile(_) => files::read(source, context, &mut out),
        }
        if let Some(number) = project.and_then(|name| name.as_str().parse().ok()) {
            out.project = None;
            out.project_id = Some(number);
        }
        out
    }

    fn log(&mut self, source: &Source, log: &JobLog) {
        self.project_id = log.project_id;
        for refusal in &log.refusals {
            let Some(target) = refused_target(refusal) else { continue };
            let permissions: Vec<&'static str> = refusal
                .permissions
                .iter()
                .filter_map(|name| super::job_permission(name.as_str()).map(|known| known.permission))
                .collect();
            let (via, feature) = if refusal.git {
                ("git-clone", Feature::Repository)
            } else if refusal.image.is_some() {
                ("image-pull", Feature::Images)
            } else if refusal.job.is_some() {
                ("job-artifacts", Feature::Jobs)
            } else if refusal.call.is_some() {
                ("api", Feature::Other)
            } else {
                ("denied-call", Feature::Other)
            };
            let from_call = refusal.call.map(|call| call.policies.clone()).unwrap_or_default();
            let permissions = match (permissions.is_empty(), from_call.is_empty(), refusal.git) {
                (false, ..) => permissions,
                (true, false, _) => from_call,
                (true, true, true) => vec!["READ_REPOSITORIES"],
                _ => Vec::new(),
            };
            self.needs.push(Need {
                caller: refusal.caller.as_ref().map(named),
                target,
                via,
                access: Access::Other,
                feature,
                coverage: if permissions.is_empty() { Coverage::NotSeen } else { Coverage::Covered },
                permissions,
                kind: EvidenceKind::Denial,
                by: refusal.message.by,
                line: Some(source.line_column(refusal.at().start).0),
            });
        }
    }

    fn inventory(&mut self, source: &Source, inventory: &Inventory) {
        self.projects.clone_from(&inventory.projects);
        self.groups.clone_from(&inventory.groups);
        let page_version = inventory.page.as_ref().and_then(|page| page.gitlab_version.as_ref());
        self.version = page_version.and_then(|version| Version::parse(version.as_str()));
        let Some(settings) = &inventory.job_token else { return };
        let line = |span: Option<crate::source::Span>| span.map(|span| source.line_column(span.start).0);
        let owner = inventory.owner.as_ref();
        let path = owner.and_then(|owner| owner.path.clone());
        let id = owner.and_then(|owner| owner.id);
        // An export that does not say whose it is belongs to the project that the user named.
        let (path, id) = if path.is_none() && id.is_none() {
            let number = self.project.as_ref().and_then(|name| name.as_str().parse().ok());
            (self.project.clone().filter(|_| number.is_none()), number)
        } else {
            (path, id)
        };
        self.grants = Some(Grants {
            path,
            id,
            inbound: settings.mode.map(|mode| mode == JobTokenMode::Allowlist),
            entries: settings.allowlist.as_ref().map(|entries| {
                let entries = entries.iter().filter(|entry| entry.current_project != Some(true));
                entries
                    .map(|entry| Entry {
                        group: entry.kind == Some(EntryKind::Group),
                        path: entry.path.clone(),
                        id: entry.id,
                        rights: match (&entry.default_permissions, &entry.policies) {
                            (Some(false), policies) => Rights::Some(
                                policies
                                    .iter()
                                    .flatten()
                                    .map(|policy| {
                                        let word = format!("{}_{}", policy.action.as_str(), policy.resource.as_str());
                                        Name::new(&word.to_ascii_uppercase())
                                    })
                                    .collect(),
                            ),
                            (Some(true), _) => Rights::All,
                            (None, _) => Rights::Unknown,
                        },
                        line: line(entry.span),
                    })
                    .collect()
            }),
            log: settings.auth_log.as_ref().map(|rows| {
                let rows = rows.iter().filter_map(|row| {
                    Some((row.path.clone()?, row.last_authorized_at.map(|at| at.date()), line(row.span)))
                });
                rows.collect()
            }),
        });
    }
}

/// Where a refused call went; `None` where the refusal is not about the job token.
fn refused_target(refusal: &Refusal) -> Option<Target> {
    use crate::catalog::TokenType;
    let of_job_token = refusal.message.rule.starts_with("job-token-")
        || refusal.credential == Some(TokenType::CiJobToken) && refusal.message.rule == "project-hidden";
    if !of_job_token {
        return None;
    }
    if let Some(callee) = &refusal.callee {
        return Some(named(callee));
    }
    if let Some(variable) = &refusal.variable {
        return Some(Target::Unknown(variable.clone()));
    }
    if let Some(image) = &refusal.image {
        let (_, path) = image.as_str().split_once('/')?;
        return Some(Target::Below(Name::new(super::target::without_tag(path))));
    }
    Some(match &refusal.host {
        Some(host) => Target::Host(host.clone()),
        None => Target::Unknown(Name::new("project")),
    })
}

/// A project as a log names it: full path, `id:N`, or the last part of its path.
fn named(name: &Name) -> Target {
    let text = name.as_str();
    match text.strip_prefix("id:").and_then(|number| number.parse().ok()) {
        Some(id) => Target::Id(id),
        None if text.contains('/') => Target::Project(name.clone()),
        None => Target::Unknown(name.clone()),
    }
}
