use super::runner_unprotected::{UPDATE, place, thing};
use super::settings::{Settings, named, step};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, Runner, RunnerKind};
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A project runner is not locked to its projects.
    ///
    /// Group and instance runners are left out: they have no lock.
    ///
    /// ## Why it matters
    ///
    /// Whoever is a Maintainer here and in another project can switch the runner on there. From then on jobs of that other
    /// project run on the machine, beside what this project's jobs leave on it.
    ///
    /// ## Bad
    ///
    /// ```json inventory runners.json
    /// [{"id": 72, "description": "docker small", "runner_type": "project_type", "paused": false, "locked": false,
    ///   "access_level": "ref_protected"}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory runners.json
    /// [{"id": 72, "description": "docker small", "runner_type": "project_type", "paused": false, "locked": true,
    ///   "access_level": "ref_protected"}]
    /// ```
    ///
    /// ## What to do
    ///
    /// Look which projects use it. Take it from those that should not, then lock it. If it is meant for several projects of one
    /// group, a group runner says so.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/runners/runners_scope/#prevent-a-project-runner-from-being-enabled-for-other-projects>
    /// - <https://docs.gitlab.com/api/runners/#update-details-of-a-runner>
    "runner-unlocked", "a project runner can be switched on elsewhere", Low, Check::Inventory(check),
}

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    let settings = Settings::new(judgement, inventory);
    let open = |runner: &&Runner| runner.kind == Some(RunnerKind::Project) && runner.locked == Some(false);
    findings.extend(inventory.runners.iter().filter(open).map(|runner| finding(&settings, runner)));
}

fn finding(settings: &Settings<'_>, runner: &Runner) -> Finding {
    let mut message = say![
        named("runner", runner.description.as_ref(), runner.id), settings.inside(),
        " is not locked: a Maintainer of this project can switch it on in any other project that they maintain too."
    ];
    if runner.paused == Some(true) {
        message.push(" It is paused, and takes no jobs at the moment.");
    }
    message.push(" In which projects it is on already does not show here.");
    let row = runner.id.map(|id| say![id]);
    let advice = vec![
        Advice::step(say!["Look on its page which projects it is assigned to."]),
        step(
            say!["If this is the only one meant, lock it. Where it is on already it stays on. Needs: ", settings.needs(), ", `api`."],
            place(settings, runner),
            settings.command(UPDATE, row.as_ref(), Some(say!["locked=true"])),
        ),
    ];
    settings.finding(&RULE, thing(runner), say!["Runner that can be switched on in other projects"], message, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only, project};

    fn of(kind: Option<RunnerKind>, locked: Option<bool>) -> Vec<Finding> {
        let runner = Runner { id: Some(72), kind, locked, ..Runner::default() };
        only("runner-unlocked", judged(Inventory { runners: vec![runner], ..project(Vec::new()) }))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of(Some(RunnerKind::Project), Some(false))[0]));
    }

    #[test]
    fn only_a_project_runner_known_to_be_unlocked_counts() {
        assert!(of(Some(RunnerKind::Project), Some(true)).is_empty());
        assert!(of(Some(RunnerKind::Project), None).is_empty());
        assert!(of(Some(RunnerKind::Group), Some(false)).is_empty());
        assert!(of(Some(RunnerKind::Instance), Some(false)).is_empty());
        assert!(of(None, Some(false)).is_empty());
    }
}
