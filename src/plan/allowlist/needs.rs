//! What a use of the job token needs of an allowlist entry.

use super::evidence::{Access, Coverage, Feature, Target};
use super::job_permission;
use crate::catalog::{Acceptance, registry};
use crate::plan::call::Call;

/// What a use needs.
#[derive(Clone)]
pub(super) struct What {
    pub(super) access: Access,
    pub(super) feature: Feature,
    pub(super) permissions: Vec<&'static str>,
    pub(super) coverage: Coverage,
}

impl What {
    /// What these permissions open.
    pub(super) fn of(permissions: Vec<&'static str>) -> Self {
        let facts: Vec<_> = permissions.iter().filter_map(|name| job_permission(name)).collect();
        let public = !facts.is_empty() && facts.iter().all(|fact| fact.public);
        let feature = match facts.first().map(|fact| fact.feature) {
            Some("repository") => Feature::Repository,
            Some("jobs") => Feature::Jobs,
            Some("packages") => Feature::Packages,
            Some("images") => Feature::Images,
            _ => Feature::Other,
        };
        let access = if public { Access::PublicRead } else { Access::Other };
        Self { access, feature, permissions, coverage: Coverage::Covered }
    }

    /// Cloning and fetching.
    pub(super) fn clone_of() -> Self {
        Self::of(vec!["READ_REPOSITORIES"])
    }

    /// What no permission covers.
    pub(super) const fn uncovered(access: Access, feature: Feature) -> Self {
        Self { access, feature, permissions: Vec::new(), coverage: Coverage::NotCovered }
    }

    /// Something of which the file does not show what it is.
    pub(super) const fn unseen() -> Self {
        Self { access: Access::Other, feature: Feature::Other, permissions: Vec::new(), coverage: Coverage::NotSeen }
    }

    /// An image of the container registry, which no permission covers.
    pub(super) const fn image(push: bool) -> Self {
        Self::uncovered(if push { Access::Other } else { Access::PublicRead }, Feature::Images)
    }

    /// What the job token itself is not asked for.
    pub(super) const fn outside(access: Access) -> Self {
        Self { access, feature: Feature::Other, permissions: Vec::new(), coverage: Coverage::Covered }
    }

    /// A call of the REST API below `/api/v4`; `None` where GitLab refuses every job token, whatever an allowlist says:
    /// `leastwise check` tells of that.
    pub(super) fn of_call(method: &str, path: &str, via: &str) -> Option<Self> {
        let address = format!("/api/v4/{}", path.trim_start_matches('/'));
        match Call::new(method, &address, &[]).read().endpoint {
            Some(endpoint) if endpoint.job_token == Acceptance::No => None,
            Some(endpoint) if endpoint.grantable == Some(true) => Some(Self::of(endpoint.policies.clone())),
            _ => {
                let packages = via.starts_with("package-") || via == "terraform-module";
                let feature = if packages { Feature::Packages } else { Feature::Other };
                let read = packages && matches!(method, "GET" | "HEAD");
                Some(Self::uncovered(if read { Access::PublicRead } else { Access::Other }, feature))
            }
        }
    }
}

/// A registry or a state by what stands behind the project: how it is named, and what it needs.
pub(super) fn by_path(rest: &[&str], target: &Target, writes: bool) -> Option<(&'static str, What)> {
    match rest {
        ["packages", kind, ..] => {
            let known = registry(kind)?;
            let whole = matches!(target, Target::Group(_) | Target::GroupId(_) | Target::Host(_));
            let covered = known.documented && !whole;
            let permissions = match (covered, writes) {
                (false, _) => Vec::new(),
                (true, true) => vec!["ADMIN_PACKAGES"],
                (true, false) => vec!["READ_PACKAGES"],
            };
            let access = if writes { Access::Other } else { Access::PublicRead };
            let coverage = if covered { Coverage::Covered } else { Coverage::NotCovered };
            Some((package_via(known.id), What { access, feature: Feature::Packages, permissions, coverage }))
        }
        // `plan` reads, and locks all the same.
        ["terraform", "state", ..] => Some(("terraform-state", What::of(vec!["ADMIN_TERRAFORM_STATE"]))),
        _ => None,
    }
}

/// How the edge of a call is named, by what stands behind the project.
pub(super) fn call_via(rest: &[&str]) -> &'static str {
    match rest {
        ["packages", kind, ..] => registry(kind).map_or("api", |known| package_via(known.id)),
        ["terraform", "state", ..] => "terraform-state",
        [.., "trigger", "pipeline"] => "api-trigger",
        ["jobs", ..] => "job-artifacts",
        _ => "api",
    }
}

/// How a registry's edge is named.
pub(super) fn package_via(id: &str) -> &'static str {
    match id {
        "npm" => "package-npm",
        "maven" => "package-maven",
        "pypi" => "package-pypi",
        "generic" => "package-generic",
        "composer" => "package-composer",
        "conan" => "package-conan",
        "go" => "package-go",
        "nuget" => "package-nuget",
        "helm" => "package-helm",
        "debian" => "package-debian",
        "rubygems" => "package-rubygems",
        "cargo" => "package-cargo",
        "terraform" => "terraform-module",
        _ => "package-other",
    }
}
