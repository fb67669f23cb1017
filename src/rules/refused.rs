//! What the rules about refusals in logs have in common: the finding, the words for who asked whom, the allowlist entry.

use super::{Judgement, Rule, references};
use crate::input::job_log::{JobLog, Outcome, Refusal};
use crate::report::{About, Advice, Confidence, Denial, Finding, Severity, Subject, SubjectId};
use crate::say;
use crate::text::{Name, NotStr, Say, Text};

/// A refusal with the log it stands in.
pub(super) struct Refused<'a> {
    pub(super) judgement: &'a Judgement<'a>,
    pub(super) log: &'a JobLog,
    pub(super) refusal: &'a Refusal,
}

impl Refused<'_> {
    /// Who asked: `shop/web`, or words for it.
    pub(super) fn caller(&self) -> Text {
        self.refusal.caller.as_ref().map_or(say!["the job's project"], project)
    }

    /// Who refused.
    pub(super) fn callee(&self) -> Text {
        self.known_callee().unwrap_or_else(|| say!["the other project"])
    }

    /// Who refused, where that is known.
    pub(super) fn known_callee(&self) -> Option<Text> {
        self.refusal.callee.as_ref().map(project)
    }

    /// What was asked for, for a title: the project, else the image, else the host.
    pub(super) fn asked_for(&self) -> Text {
        let host = || self.refusal.host.as_ref().map(|host| say![host]);
        let image = || self.refusal.image.as_ref().map(|image| say!["the image ", image]);
        self.known_callee().or_else(image).or_else(host).unwrap_or_else(|| say!["the server"])
    }

    /// `Lines 19–22`.
    fn lines(&self) -> Text {
        let line = |offset: usize| self.judgement.source.line_column(offset).0;
        let hull = self.refusal.hull();
        match (line(hull.start), line(hull.end)) {
            (first, last) if first == last => say!["Line ", first],
            (first, last) => say!["Lines ", first, "–", last],
        }
    }

    /// The opening of the message: where, what it means, how often.
    pub(super) fn opening(&self) -> Text {
        let refusal = self.refusal;
        let mut text = say![self.lines(), ": ", refusal.message.meaning, "."];
        if let Some(command) = refusal.command {
            let line = self.judgement.source.line_column(command.start).0;
            text.push(" The script's command is on line ").push(line).push(".");
        }
        if let Some(image) = &refusal.image {
            text.push(" The image is ").push(image).push(".");
        }
        if let Some(job) = refusal.job {
            text.push(" It was about job ").push(job).push(".");
        }
        if let Some(variable) = &refusal.variable {
            text.push(" The address has the project in the variable `")
                .push(variable)
                .push("`, whose value the log does not show.");
        }
        if refusal.hidden_by_group {
            text.push(" The address is a group's, so the log does not say which project refused.");
        }
        if refusal.count > 1 {
            text.push(" The log shows it ").push(refusal.count).push(" times; this is the first.");
        }
        if self.log.outcome == Some(Outcome::Succeeded) {
            text.push(" The job succeeded all the same.");
        }
        text
    }

    /// The finding. What a message's own row advises comes first.
    pub(super) fn finding(&self, rule: &'static Rule, title: Text, message: Text, advice: Vec<Advice>) -> Finding {
        let Self { judgement, log, refusal } = *self;
        let source = judgement.source;
        let mut steps = Vec::new();
        if !refusal.message.next.is_empty() {
            steps.push(Advice::step(say![refusal.message.next]));
        }
        steps.extend(advice);
        let mut documents = vec![refusal.message.source];
        documents.extend(references(rule).into_iter().filter(|document| *document != refusal.message.source));
        let succeeded = log.outcome == Some(Outcome::Succeeded);
        let unsure = refusal.message.confidence == Confidence::Possible;
        let subject = refusal.token.as_ref().map(|(kind, id)| Subject {
            kind: token_kind(kind.as_str()),
            id: Some(SubjectId::Number(*id)),
            name: None,
            owner: None,
            row: None,
        });
        let mut about = About::default().and(refusal.message.id);
        for part in [&refusal.caller, &refusal.callee, &refusal.image, &refusal.host, &refusal.variable] {
            about = about.and(part.as_ref().map_or_else(|| say!["-"], |part| say![part]));
        }
        about = about.and(self.missing().map_or_else(|| say!["-"], |missing| say![missing]));
        if let Some((kind, id)) = &refusal.token {
            about = about.and(say![kind, " ", *id]);
        }
        if let Some(job) = refusal.job {
            about = about.and(job);
        }
        Finding {
            rule,
            // A refusal that the job got over, or that may be none, is worth knowing and no more.
            severity: if succeeded || unsure { Severity::Info } else { rule.severity },
            confidence: refusal.message.confidence,
            title,
            message,
            input: judgement.input,
            place: Some(source.place(refusal.at())),
            excerpt: source.excerpts(&refusal.lines, judgement.masks),
            token: None,
            occurrences: refusal.count,
            subject,
            denial: Some(Denial {
                status: refusal.status,
                caller: refusal.caller.clone(),
                callee: refusal.callee.clone(),
                permission: self.missing(),
                by: refusal.message.by,
            }),
            advice: steps,
            references: documents,
            about,
        }
    }

    /// The missing permissions, or the scopes of which one would do, as one name: `read_packages`, `api read_api`.
    fn missing(&self) -> Option<Name> {
        let permissions = self.refusal.permissions.iter().map(Name::as_str);
        let words: Vec<&str> = permissions.chain(self.refusal.scopes.iter().map(|scope| scope.as_str())).collect();
        (!words.is_empty()).then(|| self.judgement.context.name(&words.join(" ")))
    }

    /// The permission that an entry would need, as GraphQL writes it; `None` where the log does not tell.
    pub(super) fn permission(&self) -> Option<Text> {
        let names = &self.refusal.permissions;
        if !names.is_empty() {
            let plain = |name: &Name| name.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            return names.iter().all(plain).then(|| {
                let mut list = Text::new();
                for (index, name) in names.iter().enumerate() {
                    list.push(if index > 0 { ", " } else { "" }).push(Upper(name));
                }
                list
            });
        }
        let call = self.refusal.call.filter(|call| !call.policies.is_empty() && call.grantable != Some(false));
        let of_call = call.map(|call| Text::list(&call.policies, ","));
        of_call.or_else(|| self.refusal.git.then(|| say!["READ_REPOSITORIES"]))
    }

    /// `team/b > Settings > CI/CD > Job token permissions > …`.
    pub(super) fn settings(&self, rest: &'static str) -> Text {
        say![self.callee(), " > Settings > CI/CD > Job token permissions", rest]
    }

    /// A mutation on the callee's allowlist. REST cannot set permissions.
    pub(super) fn mutation(&self, name: &'static str) -> Text {
        let policies = self.permission().unwrap_or_else(|| say!["PERMISSION"]);
        say![
            "mutation { ",
            name,
            "(input: { projectPath: \"",
            Path(self.refusal.callee.as_ref(), "CALLEE_FULL_PATH"),
            "\", targetPath: \"",
            Path(self.refusal.caller.as_ref(), "CALLER_FULL_PATH"),
            "\", defaultPermissions: false, jobTokenPolicies: [",
            policies,
            "] }) { errors } }"
        ]
    }
}

/// `id:42` is how a project without a known path is written in data.
fn project(name: &Name) -> Text {
    match name.as_str().strip_prefix("id:").and_then(|id| id.parse::<u64>().ok()) {
        Some(id) => say!["project ", id],
        None => say![name],
    }
}

/// The kind of the server's own word for a token's table.
fn token_kind(word: &str) -> &'static str {
    match word {
        "PersonalAccessToken" => "personal_access_token",
        "DeployToken" => "deploy_token",
        "OauthAccessToken" => "oauth_access_token",
        _ => "token",
    }
}

/// A permission in upper case.
struct Upper<'a>(&'a Name);

impl Say for Upper<'_> {
    fn say(&self, out: &mut String) {
        out.push_str(&self.0.as_str().to_ascii_uppercase());
    }
}
impl NotStr for Upper<'_> {}

/// A full path inside a quoted string of a mutation; what is no full path is a placeholder, so nothing gets out of the quotes.
struct Path<'a>(Option<&'a Name>, &'static str);

impl Say for Path<'_> {
    fn say(&self, out: &mut String) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte);
        let whole = |name: &&Name| name.as_str().contains('/') && name.as_str().bytes().all(plain);
        out.push_str(self.0.filter(whole).map_or(self.1, Name::as_str));
    }
}
impl NotStr for Path<'_> {}

/// Runs a log through everything, for the rules' tests.
#[cfg(test)]
pub(super) mod sample {
    use crate::context::Context;
    use crate::input::{Input, Kind};
    use crate::report::{Finding, Report};

    pub(crate) fn report(log: &str) -> Report {
        let text = crate::fake::expand(log);
        let input = Input { kind: Some(Kind::JobLog), ..Input::new("job.log", text) };
        crate::audit::audit(vec![input], &Context::new(crate::rules::sample::today()))
    }

    pub(crate) fn of(rule: &str, log: &str) -> Vec<Finding> {
        crate::rules::sample::only(rule, report(log).findings)
    }
}
