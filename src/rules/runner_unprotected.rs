use super::settings::{OwnerCalls, Settings, Thing, named, step};
use super::{Check, Judgement, rule};
use crate::catalog::{Use, suggested_by};
use crate::inventory::{Inventory, Runner, RunnerKind};
use crate::report::{Advice, Confidence, Finding, Severity, SubjectId};
use crate::say;
use crate::text::Text;

rule! {
    /// A project or group runner takes the jobs of every branch.
    ///
    /// Low; medium where its description or tags say that it deploys. Instance runners are left out, for they serve everyone, and
    /// so are paused ones.
    ///
    /// ## Why it matters
    ///
    /// A runner that deploys usually holds more than others: network access to production, keys on its disk, a cloud role.
    /// Whoever may push a branch can send it a job. A protected runner takes jobs of protected branches and tags only.
    ///
    /// ## Bad
    ///
    /// ```json inventory runners.json
    /// [{"id": 71, "description": "production deploy", "runner_type": "project_type", "paused": false, "locked": true,
    ///   "access_level": "not_protected", "tag_list": ["deploy"], "run_untagged": false}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory runners.json
    /// [{"id": 71, "description": "production deploy", "runner_type": "project_type", "paused": false, "locked": true,
    ///   "access_level": "ref_protected", "tag_list": ["deploy"], "run_untagged": false}]
    /// ```
    ///
    /// ## What to do
    ///
    /// If it deploys or holds credentials, protect it, give it a tag, and let it take no untagged jobs. If it builds and tests
    /// every branch, it has to stay open: then see that its machine holds nothing worth taking.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/runners/configure_runners/#use-protected-runners>
    /// - <https://docs.gitlab.com/api/runners/#update-details-of-a-runner>
    "runner-unprotected", "a runner takes the jobs of every branch", Low, Check::Inventory(check),
}

/// Changes a runner, whosever it is.
pub(super) const UPDATE: OwnerCalls =
    OwnerCalls { project: "PUT /runners/:runner_id", group: "PUT /runners/:runner_id", instance: "PUT /runners/:runner_id" };

/// The runner as a finding's row.
pub(super) fn thing(runner: &Runner) -> Thing<'_> {
    Thing {
        kind: "runner",
        id: runner.id.map(SubjectId::Number),
        name: runner.description.as_ref(),
        span: runner.span,
        row: runner.row,
    }
}

/// Its form.
pub(super) fn place(settings: &Settings<'_>, runner: &Runner) -> Text {
    match runner.kind {
        Some(RunnerKind::Group) => settings.at(say!["Build > Runners > the runner > Edit"]),
        _ => settings.at(say!["Settings > CI/CD > Runners > the runner > Edit"]),
    }
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    let open = |runner: &&Runner| {
        let of_somebody = matches!(runner.kind, Some(RunnerKind::Project | RunnerKind::Group));
        of_somebody && runner.protected == Some(false) && runner.paused != Some(true)
    };
    findings.extend(inventory.runners.iter().filter(open).map(|runner| finding(&settings, runner)));
}

/// Does it deploy, by its description and tags?
fn deploys(runner: &Runner) -> bool {
    let mut text = String::new();
    for name in runner.description.iter().chain(runner.tags.iter().flatten()) {
        text.push_str(name.as_str());
        text.push(' ');
    }
    let deploying = |one: &&Use| matches!(one.id, "deploy" | "release" | "provisioning");
    suggested_by(&text).iter().any(deploying)
}

fn finding(settings: &Settings<'_>, runner: &Runner) -> Finding {
    let deploys = deploys(runner);
    let mut message = say![named("runner", runner.description.as_ref(), runner.id), settings.inside(), " takes the jobs of every branch"];
    message.push(if runner.run_untagged == Some(true) { ", also those without tags." } else { "." });
    message.push(if deploys {
        " By its description or tags it deploys: whoever may push a branch can send it a job, and use what its machine can reach."
    } else {
        " Whether its machine holds credentials or reaches production does not show here; if it only builds and tests, this is as it should be."
    });
    let row = runner.id.map(|id| say![id]);
    let advice = vec![
        Advice::step(say!["Look what its machine can reach, and which jobs it took: its page lists them."]),
        step(
            say!["If it deploys or holds credentials, choose “Protected”. Jobs of other branches then wait for another runner. Needs: ", settings.needs(), ", `api`."],
            place(settings, runner),
            settings.command(UPDATE, row.as_ref(), Some(say!["access_level=ref_protected"])),
        ),
    ];
    let severity = if deploys { Severity::Medium } else { RULE.severity };
    let confidence = if deploys { Confidence::Likely } else { Confidence::Possible };
    let title = if deploys { say!["Runner that deploys takes the jobs of every branch"] } else { say!["Runner takes the jobs of every branch"] };
    settings.finding(&RULE, thing(runner), title, message, advice).severity(severity).confidence(confidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only, project};
    use crate::text::Name;

    fn of(runner: Runner) -> Vec<Finding> {
        only("runner-unprotected", judged(Inventory { runners: vec![runner], ..project(Vec::new()) }))
    }

    fn open(description: &str) -> Runner {
        Runner {
            id: Some(71),
            kind: Some(RunnerKind::Project),
            description: Some(Name::new(description)),
            protected: Some(false),
            paused: Some(false),
            ..Runner::default()
        }
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of(open("prod deploy shell runner"))[0]));
    }

    #[test]
    fn what_it_is_for_decides_how_bad_it_is() {
        assert_eq!(of(open("docker small"))[0].severity, Severity::Low);
        let tagged = Runner { tags: Some(vec![Name::new("production")]), ..open("x") };
        assert_eq!(of(tagged)[0].severity, Severity::Medium);
    }

    #[test]
    fn unknown_paused_and_shared_ones_are_left_out() {
        assert!(of(Runner { protected: None, ..open("deploy") }).is_empty());
        assert!(of(Runner { protected: Some(true), ..open("deploy") }).is_empty());
        assert!(of(Runner { paused: Some(true), ..open("deploy") }).is_empty());
        assert!(of(Runner { kind: Some(RunnerKind::Instance), ..open("deploy") }).is_empty());
        assert!(of(Runner { kind: None, ..open("deploy") }).is_empty());
    }
}
