use std::cmp::Ordering;

use super::call::{Call, Encoded, api_base};
use super::row::Capital;
use super::{Check, Judgement, rule};
use crate::catalog::TokenType;
use crate::detect::{Checksum, Encoding, Found};
use crate::input::Kind;
use crate::input::job_log::masking_note;
use crate::order;
use crate::report::{About, Advice, CredentialType, Finding, Severity};
use crate::say;
use crate::source::Span;
use crate::text::{Pool, Text};

rule! {
    /// A credential stands in the text, as it is or encoded.
    ///
    /// How bad that is depends on the kind: critical for what acts as a person or receives the jobs of a runner; high for deploy,
    /// trigger and agent tokens; medium for job tokens, which end with their job, and for feeds; low for keys that only write
    /// events or read flags. A checksum that fails means damaged or made up: low. A JWT whose own end date has passed: low.
    /// Several places with the same credential are one finding. Whether it still works, GitLab alone can tell.
    ///
    /// ## Why it matters
    ///
    /// Whoever can read the text can use the credential, and nobody sees that it was copied. A job log can be read by everyone
    /// who sees the pipeline, for a public project by everyone; a file in Git stays in the history; an export travels by mail.
    ///
    /// ## Bad
    ///
    /// ```text job-log
    /// $ git clone https://oauth2:{{personal_access_token}}@gitlab.example.com/shop/lib.git
    /// ```
    ///
    /// ```text text deploy.md
    /// Sign in to the registry with {{deploy_token}} for now.
    /// ```
    ///
    /// ## Good
    ///
    /// ```text job-log
    /// $ git clone https://gitlab-ci-token:[MASKED]@gitlab.example.com/shop/lib.git
    /// ```
    ///
    /// ## What to do
    ///
    /// Revoke it first: erasing does not call back what was read. Then clean the place it stood in, look whether it was used by
    /// somebody else, and put a smaller one in its place, where it is not printed.
    ///
    /// ## References
    ///
    /// - <https://docs.gitlab.com/security/tokens/>
    /// - <https://docs.gitlab.com/security/responding_to_security_incidents/>
    /// - <https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable>
    "exposed-token", "a live credential stands in the input, encoded or not", Critical, Check::Found(check),
}

/// Room for what other rules say of a text full of credentials: a million findings are not moved for a few more.
const OTHERS: usize = 64;

/// The most other places that a message lists.
const PLACES: usize = 5;

fn check(judgement: &Judgement<'_>, findings: &mut Vec<Finding>) {
    let mut ordinals: Vec<(CredentialType, usize)> = Vec::new();
    // A log may hold a million of them: what is said of each is kept once, as they come.
    let mut pool = Pool::default();
    let mut said = Said::default();
    let groups = same(judgement);
    findings.reserve_exact(groups.len() + OTHERS);
    for group in groups {
        let Some(first) = group.first().and_then(|&index| judgement.found.get(index)) else { continue };
        let ordinal = match ordinals.iter_mut().find(|(kind, _)| *kind == first.kind) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                ordinals.push((first.kind, 1));
                1
            }
        };
        let advice = said.advice(judgement, first, &mut pool);
        let mut finding = finding(judgement, first, &group, ordinal, advice);
        finding.share_words(&mut pool);
        findings.push(finding);
    }
}

/// The advice for credentials that tell nothing but their kind, shared by all of one kind.
#[derive(Default)]
struct Said(Vec<((CredentialType, Checksum), Vec<Advice>)>);

impl Said {
    fn advice(&mut self, judgement: &Judgement<'_>, found: &Found, pool: &mut Pool) -> Vec<Advice> {
        if found.jwt.is_some() || found.routing.is_some() {
            return advice(judgement, found);
        }
        let of = (found.kind, found.checksum);
        if let Some((_, said)) = self.0.iter().find(|(known, _)| *known == of) {
            return said.clone();
        }
        let mut said = advice(judgement, found);
        said.shrink_to_fit();
        said.iter_mut().for_each(|step| step.share_words(pool));
        self.0.push((of, said.clone()));
        said
    }
}

/// The indices of the credentials, those with the same characters and kind together; groups in order of their first place.
/// The characters are compared where they stand: nothing is copied or computed from them.
fn same(judgement: &Judgement<'_>) -> Vec<Vec<usize>> {
    let text = judgement.source.text().as_bytes();
    let piece = |piece: Span| text.get(piece.range()).unwrap_or_default();
    let compare = |a: &Found, b: &Found| match a.kind.cmp(&b.kind) {
        // Nearly every one is in one piece: two slices are compared at once.
        Ordering::Equal => match (a.pieces(), b.pieces()) {
            (&[first], &[second]) => piece(first).cmp(piece(second)),
            (a, b) => a.iter().flat_map(|&span| piece(span)).cmp(b.iter().flat_map(|&span| piece(span))),
        },
        other => other,
    };
    let mut order: Vec<(usize, &Found)> = judgement.found.iter().enumerate().collect();
    order::sort_by(&mut order, |(first, a), (second, b)| compare(a, b).then(first.cmp(second)));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for group in order.chunk_by(|(_, a), (_, b)| compare(a, b) == Ordering::Equal) {
        groups.push(group.iter().map(|(index, _)| *index).collect());
    }
    order::sort_by_key(&mut groups, |group| group.first().copied());
    groups
}

fn finding(judgement: &Judgement<'_>, found: &Found, group: &[usize], ordinal: usize, advice: Vec<Advice>) -> Finding {
    let place = judgement.source.place(found.span);
    Finding {
        rule: &RULE,
        severity: severity(judgement, found),
        confidence: found.confidence,
        title: say![Capital(found.kind.name()), " in ", judgement.kind.in_words()],
        message: message(judgement, found, group),
        input: judgement.input,
        place: Some(place),
        excerpt: judgement.source.excerpts(found.pieces(), judgement.masks),
        token: Some(found.clone()),
        occurrences: group.len(),
        subject: None,
        denial: None,
        advice,
        references: references(found),
        about: About::default().and(found.kind.id()).and(judgement.source.name()).and(ordinal),
    }
}

/// Has its own end date passed? Read from a JWT, never verified.
fn has_ended(judgement: &Judgement<'_>, found: &Found) -> bool {
    let end = found.jwt.as_ref().and_then(|jwt| jwt.expires);
    end.is_some_and(|end| end.date() < judgement.context.today)
}

/// How bad it is when one lies open that works. The catalog says it of GitLab's own kinds.
fn exposure(kind: CredentialType) -> Severity {
    match kind {
        CredentialType::Token(kind) => kind.facts().exposure,
        CredentialType::PrivateKey => Severity::Critical,
        CredentialType::GenericPassword => Severity::High,
    }
}

fn severity(judgement: &Judgement<'_>, found: &Found) -> Severity {
    let of_kind = exposure(found.kind);
    // What a JWT carries in clear outlives it.
    let carries = found.jwt.as_ref().and_then(|jwt| jwt.embedded);
    let of_carried = carries.map_or(Severity::Info, |kind| kind.facts().exposure);
    if found.checksum == Checksum::Invalid {
        Severity::Low
    } else if has_ended(judgement, found) {
        of_carried.min(Severity::Low)
    } else {
        of_kind.min(of_carried)
    }
}

fn message(judgement: &Judgement<'_>, found: &Found, group: &[usize]) -> Text {
    let mut text = say!["`", found.masked, "` is ", article(found.kind.name()), found.kind, "."];
    if let Some(kind) = found.kind.token() {
        text.push(" ").push(kind.facts().can);
    }
    let others = found.could_be.iter().filter(|other| Some(**other) != found.kind.token()).count();
    if others > 0 {
        text.push(" It is one of ").push(others + 1).push(" kinds that look alike; only GitLab can tell them apart.");
    }
    match found.checksum {
        Checksum::Valid => text.push(" Its checksum holds: it is whole and well-formed. Whether it still works, the text does not say."),
        Checksum::Invalid => text.push(" Its checksum fails: it is damaged or made up, and as it stands it cannot work. If it was cut or changed by hand, the whole one may stand elsewhere."),
        Checksum::Absent => &mut text,
    };
    if let Some(jwt) = &found.jwt {
        match jwt.expires {
            Some(end) if has_ended(judgement, found) => text.push(" By its own claims it ended on ").push(end).push("."),
            Some(end) => text.push(" By its own claims it ends on ").push(end).push("."),
            None => &mut text,
        };
        if let Some(job) = jwt.job {
            text.push(" It belongs to job ").push(job).push(".");
        }
        if let Some(project) = &jwt.project {
            text.push(" It belongs to ").push(project).push(".");
        }
        if let Some(embedded) = jwt.embedded {
            text.push(" In its claims stands ").push(article(embedded.facts().name)).push(embedded).push(" in clear, which lives on when this one has ended.");
        }
    }
    let routing = found.routing.as_ref();
    let numbers = [
        (" project ", routing.and_then(|numbers| numbers.project)),
        (" group ", routing.and_then(|numbers| numbers.group)),
        (" user ", routing.and_then(|numbers| numbers.user)),
    ];
    let mut named = Vec::new();
    for (what, number) in numbers {
        named.extend(number.map(|number| say![what.trim(), " ", number]));
    }
    if !named.is_empty() && found.checksum != Checksum::Invalid {
        text.push(" It names ").push(Text::list(&named, "and")).push(" (a project or group token names its bot user).");
    }
    if !found.encoding.is_empty() {
        let layers: Vec<&'static str> = found.encoding.iter().map(|layer| words(*layer)).collect();
        text.push(" It is wrapped in ").push(Text::list(&layers, "and")).push(", which hides nothing.");
    }
    if let Some(log) = judgement.log {
        text.push(" ").push(masking_note(log, found));
        match (&log.project, log.project_id) {
            (Some(path), Some(id)) => text.push(" The log belongs to ").push(path).push(" (project ").push(id).push(")."),
            (Some(path), None) => text.push(" The log belongs to ").push(path).push("."),
            (None, Some(id)) => text.push(" The log belongs to project ").push(id).push("."),
            (None, None) => &mut text,
        };
    }
    other_places(judgement, group, &mut text);
    text
}

fn other_places(judgement: &Judgement<'_>, group: &[usize], text: &mut Text) {
    let others: Vec<_> = group.iter().skip(1).filter_map(|&index| judgement.found.get(index)).collect();
    if others.is_empty() {
        return;
    }
    let lines: Vec<usize> =
        others.iter().take(PLACES).map(|other| judgement.source.line_column(other.span.start).0).collect();
    text.push(" The same one stands here ").push(others.len());
    text.push(if others.len() == 1 { " more time: line " } else { " more times: lines " }).push(Text::list(&lines, "and"));
    match others.len() - lines.len() {
        0 => text.push("."),
        more => text.push(" and ").push(more).push(" further down."),
    };
}

const fn words(layer: Encoding) -> &'static str {
    match layer {
        Encoding::Base64 => "base64",
        Encoding::Url => "percent-encoding",
        Encoding::Base64Userpass => "base64 of user and password",
    }
}

/// `a ` or `an `.
fn article(name: &str) -> &'static str {
    let first = name.chars().next().unwrap_or(' ').to_ascii_lowercase();
    if "aeio".contains(first) || name.starts_with("SCIM") { "an " } else { "a " }
}

fn advice(judgement: &Judgement<'_>, found: &Found) -> Vec<Advice> {
    let mut advice = vec![end_it(judgement, found)];
    advice.extend(clean(judgement));
    let kind = found.kind.token();
    if kind.is_some_and(|kind| TokenType::PERSONAL_FAMILY.contains(&kind)) {
        advice.push(Advice::step(say![
            "Look at its Last used and its addresses (17.10 and newer) before it disappears from the list, and at what changed since it \
             stood here: members, tokens, CI/CD variables, webhooks, runners."
        ]));
    }
    if let Some(kind) = kind {
        advice.push(Advice::step(say!["Put something smaller in its place. ", kind.facts().least_privilege]));
        let command = say!["leastwise plan incident ", kind.id()];
        advice.push(Advice::step(say!["All steps for this kind, in order:"]).command(command));
    }
    advice
}

/// The first step: revoke, reset or change it.
fn end_it(judgement: &Judgement<'_>, found: &Found) -> Advice {
    let consumers = " Tell the consumers first, in minutes, not days: the jobs, hosts and people that use it stop at that moment. \
                     Search CI/CD variables and configuration for its name.";
    let carried = found.jwt.as_ref().and_then(|jwt| jwt.embedded);
    if has_ended(judgement, found) && carried.is_none() {
        return Advice::step(say![
            "By its own claims it has ended, so nothing is left to revoke. Find out how it came here: the next one comes the same way."
        ]);
    }
    let Some(kind) = carried.or(found.kind.token()) else {
        return Advice::destructive(match found.kind {
            CredentialType::PrivateKey => say![
                "Make a new key pair, put the new public key beside the old one wherever that is trusted, then take the old one out \
                 (in GitLab: SSH keys, deploy keys).", consumers
            ],
            _ => say!["Change it where it is checked, then in the places that use it.", consumers],
        });
    };
    let revoke = &kind.facts().revoke;
    // A token may always end itself, and then no number has to be known. Only where the text holds it whole.
    let calls = || revoke.api.into_iter().flat_map(Call::all);
    let itself = calls().find(|call| call.is_about_itself()).filter(|_| found.checksum != Checksum::Invalid);
    let ends_all = |call: &Call| call.parameters().next().is_some();
    let call = itself.or_else(|| calls().find(ends_all));
    if call.is_none() && revoke.ui.is_none() {
        return Advice::step(say![
            "It cannot be revoked: it ends by itself. What can be ended is the credential that asked for it: see who made it, and end \
             that one if it may be known too.", consumers
        ]);
    }
    let mut text = if carried.is_some() {
        say!["Revoke the ", kind, " in its claims, now: it is whole, in clear, and outlives what carries it."]
    } else if found.checksum == Checksum::Invalid {
        say!["Find out which token it was (its name, its last use), and revoke that one unless it was made up."]
    } else {
        say!["Revoke it now, before anything else: whoever read it can use it until then."]
    };
    text.push(consumers);
    match (itself, revoke.needs) {
        (Some(_), _) => text.push(
            " The call needs nothing but the token itself: put it into the shell variable without showing it, `read -rs LEAKED_TOKEN`.",
        ),
        (None, Some(needs)) => text.push(" Needs: ").push(needs).push("."),
        (None, None) => &mut text,
    };
    let mut step = Advice::destructive(text);
    step.place = revoke.ui.map(|ui| Text::list(&ui.split(" ; ").collect::<Vec<_>>(), "or"));
    let token = if itself.is_some() { "LEAKED_TOKEN" } else { "TOKEN" };
    step.command = call.map(|call| call.curl(&api_base(judgement, None), token, |name| known(found, name), None));
    step
}

/// Numbers that the token itself names.
fn known(found: &Found, parameter: &str) -> Option<Text> {
    let routing = found.routing.as_ref().filter(|_| found.checksum == Checksum::Valid);
    let number = match parameter {
        ":project_id" => routing.and_then(|numbers| numbers.project),
        ":group_id" => routing.and_then(|numbers| numbers.group),
        ":user_id" => routing.and_then(|numbers| numbers.user),
        ":job_id" => found.jwt.as_ref().and_then(|jwt| jwt.job),
        _ => None,
    };
    number.map(|number| say![number])
}

/// The second step: the place itself.
fn clean(judgement: &Judgement<'_>) -> Vec<Advice> {
    let step = |words: &'static str| vec![Advice::step(say![words])];
    match judgement.kind {
        Kind::JobLog => {
            let project = judgement.project.map(|path| say![Encoded(path)]).unwrap_or_else(|| say!["$PROJECT_ID"]);
            let job = judgement.log.and_then(|log| log.job).map_or(say!["$JOB_ID"], |job| say![job]);
            let command = say![
                "curl --request POST --header \"PRIVATE-TOKEN: $TOKEN\" \"", api_base(judgement, None), "/projects/", project,
                "/jobs/", job, "/erase\""
            ];
            let erase = Advice::destructive(say![
                "Erase the job's log; its artifacts go with it. Everyone who can see the pipeline may have read it, so this comes \
                 after revoking. Needs: Maintainer with `api`, or the person who started the job."
            ]);
            vec![
                erase.at(say!["the job's page > Erase job log and artifacts"]).command(command),
                Advice::step(say![
                    "Find the line that printed it and stop it: no `echo`, `env` or `set -x` near credentials, no token in a URL. Mask the \
                     variable; masking catches the exact value only, not its base64."
                ]),
            ]
        }
        Kind::CiConfig => step(
            "Take it out of the file: use `CI_JOB_TOKEN`, or a CI/CD variable that is masked, hidden and protected. It stays in the \
             Git history, so revoking is what counts; rewriting history helps only before others have fetched it.",
        ),
        Kind::SettingsPage => step(
            "Delete the saved page, and do not send it to anybody. GitLab shows a new token once: keep it in a password manager or a \
             masked variable instead.",
        ),
        Kind::Inventory => step(
            "Delete the export, or make it again without values: lists of tokens have none, but the answers that create or rotate a \
             token, CI/CD variables, trigger tokens and Terraform states do. Look where it was sent or stored.",
        ),
        Kind::CredentialFile => step(
            "If the file is in a repository, an image, an artifact or a cache, take it out there. Else let only its owner read it, or use \
             the tool's credential helper instead of a file.",
        ),
        Kind::Text => step(
            "Take it out of where this text stands. Earlier versions of issues, comments, wikis, chats and commits keep it, so revoking is \
             what counts.",
        ),
    }
}

fn references(found: &Found) -> Vec<&'static str> {
    let mut references = super::references(&RULE);
    references.extend(found.kind.token().map(|kind| kind.facts().source).filter(|url| !url.is_empty()));
    references.dedup();
    references
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{letter, today};
    use crate::{Context, Input, audit, fake};

    fn findings(kind: Kind, sample: &str) -> Vec<Finding> {
        let mut input = Input::new("input", fake::expand(sample));
        input.kind = Some(kind);
        let findings = audit(vec![input], &Context::new(today())).findings;
        findings.into_iter().filter(|finding| finding.rule.id == RULE.id).collect()
    }

    #[test]
    fn what_the_user_sees() {
        insta::assert_snapshot!(letter(&findings(Kind::JobLog, "token is {{personal_access_token}}\n")[0]));
        insta::assert_snapshot!(letter(&findings(Kind::Text, "a {{routable glpat-}} b")[0]));
        insta::assert_snapshot!(letter(&findings(Kind::CiConfig, "  TOKEN: {{deploy_token}}")[0]));
    }

    #[test]
    fn the_same_one_in_several_places_is_one_finding() {
        let found = findings(Kind::Text, "{{deploy_token}}\n{{deploy_token 2}}\n{{deploy_token}}\n\n{{deploy_token}}\n");
        assert_eq!(found.len(), 2);
        let first = found.iter().find(|finding| finding.place.unwrap().line == 1).unwrap();
        assert_eq!(first.occurrences, 3);
        assert!(first.message.as_str().contains("2 more times: lines 3 and 5."), "{}", first.message);
    }

    #[test]
    fn many_places_are_counted_not_listed() {
        let found = findings(Kind::Text, &"{{deploy_token}}\n".repeat(20));
        assert_eq!(found[0].occurrences, 20);
        assert!(found[0].message.as_str().contains("19 more times: lines 2, 3, 4, 5 and 6 and 14 further down."));
    }

    #[test]
    fn identity_names_input_and_number_never_line_or_bytes() {
        let one = findings(Kind::Text, "{{deploy_token}} {{deploy_token 2}} {{feed_token}}");
        let mut ids: Vec<_> = one.iter().map(Finding::identity).collect();
        ids.sort();
        assert_eq!(
            ids,
            ["exposed-token:deploy_token:input:1", "exposed-token:deploy_token:input:2", "exposed-token:feed_token:input:1"]
        );
        let other = findings(Kind::Text, "\n\n{{deploy_token 7}} x {{deploy_token 8}} {{feed_token 9}}");
        let mut other: Vec<_> = other.iter().map(Finding::identity).collect();
        other.sort();
        assert_eq!(ids, other);
    }

    #[test]
    fn the_kind_decides_how_bad_it_is() {
        for (sample, severity) in [
            ("{{personal_access_token}}", Severity::Critical),
            ("Cookie: {{gitlab_session_cookie}}", Severity::Critical),
            ("{{deploy_token}}", Severity::High),
            ("{{ci_job_token}}", Severity::Medium),
            ("{{feed_token}}", Severity::Medium),
            ("{{error_tracking_client_key}}", Severity::Low),
        ] {
            let found = findings(Kind::Text, sample);
            assert_eq!(found[0].severity, severity, "{sample}");
        }
    }

    #[test]
    fn a_failing_checksum_is_low_and_says_why() {
        let mut text = fake::expand("{{routable glpat-}}");
        let last = if text.ends_with('a') { 'b' } else { 'a' };
        text.pop();
        text.push(last);
        let found = findings(Kind::Text, &text);
        assert_eq!(found[0].severity, Severity::Low);
        assert!(found[0].message.as_str().contains("damaged or made up"));
    }

    #[test]
    fn a_jwt_that_has_ended_is_low_and_one_that_carries_a_token_is_not() {
        let at = |day: &str| {
            let mut input = Input::new("input", fake::expand("{{job_jwt}}"));
            input.kind = Some(Kind::JobLog);
            let context = Context::new(crate::time::Date::parse(day).unwrap());
            audit(vec![input], &context).findings.remove(0)
        };
        // exp is 1795176000, on 20 November 2026.
        assert_eq!(at("2026-11-20").severity, Severity::Medium);
        assert_eq!(at("2026-11-21").severity, Severity::Low);
        assert!(at("2026-11-21").message.as_str().contains("ended on 20 November 2026"));
        assert!(!at("2026-11-21").advice[0].destructive, "nothing is left to revoke");
        let mut input = Input::new("input", fake::expand("{{dependency_proxy_jwt}}"));
        input.kind = Some(Kind::Text);
        let context = Context::new(crate::time::Date::parse("2026-12-24").unwrap());
        let carried = audit(vec![input], &context).findings.remove(0);
        assert_eq!(carried.severity, Severity::High);
        assert!(carried.message.as_str().contains("a deploy token in clear"), "{}", carried.message);
        assert!(carried.advice[0].text.as_str().starts_with("Revoke the deploy token in its claims"));
    }

    #[test]
    fn every_kind_has_a_first_step_and_safe_commands() {
        for kind in TokenType::ALL {
            let text = fake::token(*kind, 1);
            for input in Kind::ALL {
                for finding in findings(input, &format!("token = \"{text}\"\n")) {
                    assert!(!finding.advice.is_empty());
                    for command in finding.advice.iter().filter_map(|step| step.command.as_ref()) {
                        if !command.as_str().starts_with("leastwise plan incident ") {
                            crate::rules::sample::assert_safe(command.as_str());
                        }
                    }
                    assert!(finding.excerpt.is_some());
                }
            }
        }
    }

    #[test]
    fn a_long_list_of_different_ones_is_quick() {
        let sample: String = (0..3000).map(|seed| format!("{{{{deploy_token {seed}}}}} ")).collect();
        assert_eq!(findings(Kind::Text, &sample).len(), 3000);
    }
}
