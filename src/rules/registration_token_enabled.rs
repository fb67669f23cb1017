use super::settings::{OwnerCalls, Settings, Thing, last_step, step};
use super::{Check, Judgement, rule};
use crate::inventory::{Inventory, OwnerKind};
use crate::report::{Advice, Finding};
use crate::say;

rule! {
    /// A runner registration token is still given out here.
    ///
    /// ## Why it matters
    ///
    /// Whoever has it can add runners that are handed this project's or group's jobs, with their source and variables. It has no
    /// end, stands in wikis and images, and everyone with the role sees it. GitLab has deprecated it since 15.6 and plans to
    /// remove it in 20.0: what relies on it stops then.
    ///
    /// ## Bad
    ///
    /// ```json inventory project.json
    /// {"id": 318, "path_with_namespace": "acme/payments/api", "visibility": "private", "runners_token": "made-up-by-us-22"}
    /// ```
    ///
    /// ## Good
    ///
    /// ```json inventory project.json
    /// {"id": 318, "path_with_namespace": "acme/payments/api", "visibility": "private"}
    /// ```
    ///
    /// ## What to do
    ///
    /// Find what still registers runners with it (images, Helm values, scripts), and let those use a runner made in GitLab and its
    /// own authentication token. Then reset the registration token, and switch registration tokens off in the top-level group
    /// or for the instance. Runners that are registered go on working.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/ci/runners/new_creation_workflow/>
    /// - <https://docs.gitlab.com/administration/settings/continuous_integration/>
    "registration-token-enabled", "a runner registration token is still given out", Medium, Check::Inventory(check),
}

const RESET: OwnerCalls = OwnerCalls {
    project: "POST /projects/:project_id/runners/reset_registration_token",
    group: "POST /groups/:group_id/runners/reset_registration_token",
    instance: "POST /runners/reset_registration_token",
};

fn check(judgement: &Judgement<'_>, inventory: &Inventory, findings: &mut Vec<Finding>) {
    if inventory.registration_token_in_document != Some(true) {
        return;
    }
    let settings = Settings::new(judgement, inventory);
    let whose = settings.whose();
    let mut message = say!["The source holds a runner registration token", if whose.is_empty() { whose } else { say![" for ", whose] }];
    message.push(
        ": whoever has it can add runners that are handed jobs with their source and variables. It never ends by itself. Its value \
         was not read. GitLab plans to remove registration tokens in 20.0.",
    );
    let runners = match settings.kind() {
        OwnerKind::Group => settings.at(say!["Build > Runners > ⋮"]),
        OwnerKind::Instance => settings.at(say!["CI/CD > Runners > ⋮"]),
        _ => settings.at(say!["Settings > CI/CD > Runners > ⋮"]),
    };
    let advice = vec![
        Advice::step(say!["Search images, Helm values and scripts for `--registration-token` and `runnerRegistrationToken`, and register those runners with a runner authentication token (`glrt-`) instead."]),
        last_step(
            say!["Then reset the registration token. Who still uses the old one can add no more runners; those that are registered go on. Needs: ", settings.needs(), ", `api`. The answer shows the new token."],
            runners,
            settings.command(RESET, None, None),
        ),
        step(
            say!["Switch registration tokens off, so that there is none: “Allow members of projects and groups to create runners with runner registration tokens”. An Owner does it for a top-level group, an administrator for the instance."],
            say!["the top-level group > Settings > CI/CD > Runners, or Admin > Settings > CI/CD > Runners"],
            None,
        ),
    ];
    let thing = Thing { kind: "runner_registration_token", id: None, name: None, span: None, row: None };
    findings.push(settings.finding(&RULE, thing, say!["Runner registration token still given out"], message, advice));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{judged, letter, only, project};

    fn of(held: Option<bool>) -> Vec<Finding> {
        only("registration-token-enabled", judged(Inventory { registration_token_in_document: held, ..project(Vec::new()) }))
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&of(Some(true))[0]));
    }

    #[test]
    fn none_and_unknown_are_no_findings() {
        assert!(of(Some(false)).is_empty());
        assert!(of(None).is_empty());
    }
}
