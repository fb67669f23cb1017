//! HTTP requests and logins that a script's commands make: where to, with which credentials, how.

use std::ops::Range;

use super::flow::Step;
use super::value::{Credential, Expanded, Host, host, url};
use crate::input::shell::Word;

/// A value on a command line and where it stands in the script.
pub struct Given {
    /// What it comes to.
    pub value: Expanded,
    /// Its place.
    pub range: Range<usize>,
}

/// A request by `curl`, `wget`, HTTPie or PowerShell.
#[derive(Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Addresses.
    pub urls: Vec<Given>,
    /// `Name: value`.
    pub headers: Vec<Given>,
    /// `user:password`.
    pub users: Vec<Given>,
    /// Fields of the body.
    pub data: Vec<Given>,
    /// Where checking the server's certificate is turned off.
    pub insecure: Option<Range<usize>>,
}

impl Request {
    /// All credentials that are sent.
    pub fn credentials(&self) -> impl Iterator<Item = (&Credential, &Range<usize>)> {
        let all = self.urls.iter().chain(&self.headers).chain(&self.users).chain(&self.data);
        all.flat_map(|given| given.value.credentials.iter().map(move |credential| (credential, &given.range)))
    }

    /// The host of the first address.
    #[must_use]
    pub fn host(&self) -> Option<Host> {
        self.urls.iter().find_map(|given| url(&given.value.text).map(|url| url.host))
    }
}

/// What an option's value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Header,
    User,
    Method,
    Data,
    Url,
    Other,
}

/// curl's and wget's options that take a value (<https://curl.se/docs/manpage.html>).
const OPTIONS: &[(&str, Kind)] = &[
    ("-H", Kind::Header),
    ("--header", Kind::Header),
    ("-Headers", Kind::Header),
    ("-u", Kind::User),
    ("--user", Kind::User),
    ("--password", Kind::User),
    ("--http-password", Kind::User),
    ("-X", Kind::Method),
    ("--request", Kind::Method),
    ("--method", Kind::Method),
    ("-Method", Kind::Method),
    ("-d", Kind::Data),
    ("--data", Kind::Data),
    ("--data-raw", Kind::Data),
    ("--data-urlencode", Kind::Data),
    ("--data-binary", Kind::Data),
    ("--json", Kind::Data),
    ("-F", Kind::Data),
    ("--form", Kind::Data),
    ("--form-string", Kind::Data),
    ("--post-data", Kind::Data),
    ("--body-data", Kind::Data),
    ("-Body", Kind::Data),
    ("--url", Kind::Url),
    ("-Uri", Kind::Url),
    ("-o", Kind::Other),
    ("-O", Kind::Other),
    ("-OutFile", Kind::Other),
    ("--output", Kind::Other),
    ("--output-document", Kind::Other),
    ("-P", Kind::Other),
    ("-T", Kind::Other),
    ("--upload-file", Kind::Other),
    ("-A", Kind::Other),
    ("--user-agent", Kind::Other),
    ("-e", Kind::Other),
    ("--referer", Kind::Other),
    ("-x", Kind::Other),
    ("--proxy", Kind::Other),
    ("-w", Kind::Other),
    ("--write-out", Kind::Other),
    ("-m", Kind::Other),
    ("--max-time", Kind::Other),
    ("--connect-timeout", Kind::Other),
    ("--retry", Kind::Other),
    ("--retry-delay", Kind::Other),
    ("--cacert", Kind::Other),
    ("--cert", Kind::Other),
    ("-E", Kind::Other),
    ("--key", Kind::Other),
    ("-b", Kind::Other),
    ("--cookie", Kind::Other),
    ("-c", Kind::Other),
    ("-D", Kind::Other),
    ("-K", Kind::Other),
    ("--resolve", Kind::Other),
];

/// The request that a command makes, if it makes one.
#[must_use]
pub fn request(step: &Step<'_, '_>) -> Option<Request> {
    let (program, words) = step.command.program()?;
    if HTTPIE.contains(&program.as_str()) {
        return Some(httpie(step, words));
    }
    let wget = program == "wget";
    let powershell = ["Invoke-RestMethod", "Invoke-WebRequest", "iwr", "irm"].contains(&program.as_str());
    if !(wget || powershell || program == "curl") {
        return None;
    }
    let mut out = Request::default();
    let given = |word: &Word| Given { value: step.environment.word(word, step.commands), range: word.range.clone() };
    let mut forced_get = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let start = word.start();
        if insecure_option(start, wget, powershell) {
            out.insecure = Some(word.range.clone());
        }
        forced_get |= start == "-G" || start == "--get";
        if start == "-O" && !wget {
            continue;
        }
        let (kind, value) = if let Some((_, kind)) = OPTIONS.iter().find(|(option, _)| *option == start) {
            match words.next() {
                Some(value) => (*kind, given(value)),
                None => break,
            }
        } else if let Some((kind, length)) = joined(start) {
            (kind, given(&word.without_start(length)))
        } else if start.starts_with('-') && start.len() > 1 {
            // `-sSfH value`: letters in one word, the last of them with a value.
            let last = start.chars().last().filter(|_| !start.starts_with("--") && word.parts.len() == 1);
            let option = last.map(|last| format!("-{last}")).unwrap_or_default();
            match OPTIONS.iter().find(|(known, _)| !powershell && *known == option && (wget || option != "-O")) {
                Some((_, kind)) => match words.next() {
                    Some(value) => (*kind, given(value)),
                    None => break,
                },
                None => continue,
            }
        } else {
            (Kind::Url, given(word))
        };
        match kind {
            Kind::Header => out.headers.push(value),
            Kind::User => out.users.push(value),
            Kind::Method => out.method = value.value.text.to_ascii_uppercase(),
            Kind::Data => out.data.push(value),
            Kind::Url => out.urls.push(value),
            Kind::Other => {}
        }
    }
    if out.method.is_empty() {
        out.method = if out.data.is_empty() || forced_get { "GET" } else { "POST" }.into();
    }
    Some(out)
}

/// HTTPie and what takes its arguments (<https://httpie.io/docs/cli/request-items>).
const HTTPIE: [&str; 4] = ["http", "https", "xh", "xhs"];

/// `http POST example.com Name:value field=value --auth user:password`
fn httpie(step: &Step<'_, '_>, words: &[Word]) -> Request {
    let mut out = Request::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let given =
            |word: &Word| Given { value: step.environment.word(word, step.commands), range: word.range.clone() };
        let value = given(word);
        let text = value.value.text.clone();
        match text.as_str() {
            "-a" | "--auth" => out.users.extend(words.next().map(given)),
            "-A" | "--auth-type" | "-o" | "--output" | "--timeout" | "--proxy" | "--session" | "-p" | "--print" => {
                words.next();
            }
            "--verify=no" => out.insecure = Some(word.range.clone()),
            option if option.starts_with('-') => {}
            method
                if out.method.is_empty() && out.urls.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase()) =>
            {
                out.method = text;
            }
            _ if out.urls.is_empty() => out.urls.push(value),
            item if item.find(':').is_some_and(|at| item.find('=').is_none_or(|other| at < other)) => {
                out.headers.push(value);
            }
            item if item.contains("==") => out.urls.push(value),
            _ => out.data.push(value),
        }
    }
    if out.method.is_empty() {
        out.method = if out.data.is_empty() { "GET" } else { "POST" }.into();
    }
    out
}

fn insecure_option(start: &str, wget: bool, powershell: bool) -> bool {
    if wget {
        start == "--no-check-certificate"
    } else if powershell {
        start == "-SkipCertificateCheck"
    } else {
        start == "--insecure"
            || start.len() > 1
                && start.starts_with('-')
                && !start.starts_with("--")
                && start.chars().skip(1).take_while(|c| !"HuXdFoTAexwmEbcDK".contains(*c)).any(|c| c == 'k')
    }
}

/// `--header=value`, `-HValue`: what it is, and how long its name is.
fn joined(start: &str) -> Option<(Kind, usize)> {
    if start.starts_with("--") {
        let (name, _) = start.split_once('=')?;
        let (_, kind) = OPTIONS.iter().find(|(option, _)| *option == name)?;
        return Some((*kind, name.len() + 1));
    }
    let name = start.get(..2).filter(|_| start.len() > 2)?;
    ["-H", "-X", "-d", "-F", "-u"].contains(&name).then(|| {
        let kind = OPTIONS.iter().find(|(option, _)| *option == name).map_or(Kind::Other, |(_, kind)| *kind);
        (kind, 2)
    })
}

/// A sign-in to a registry or service: `docker login`.
pub struct Login {
    /// `docker`, `helm`, …
    pub program: String,
    /// Where to; `None` where the command names no host and the program has a default of its own.
    pub host: Option<Host>,
    /// Was a host named at all?
    pub named: bool,
    /// The credentials, from the command line or read from a pipe or here-document.
    pub credentials: Vec<Credential>,
    /// The password on the command line.
    pub password: Option<Range<usize>>,
}

/// Programs with a `login` to a container registry, and the words before it.
const LOGINS: &[(&str, &[&str])] = &[
    ("docker", &["login"]),
    ("podman", &["login"]),
    ("buildah", &["login"]),
    ("skopeo", &["login"]),
    ("crane", &["auth", "login"]),
    ("nerdctl", &["login"]),
    ("oras", &["login"]),
    ("helm", &["registry", "login"]),
];

/// The sign-in to a registry that a command is.
#[must_use]
pub fn login(step: &Step<'_, '_>) -> Option<Login> {
    let (program, words) = step.command.program()?;
    let (_, verbs) = LOGINS.iter().find(|(name, _)| *name == program)?;
    let mut rest = words.iter();
    // Options of the program itself may stand before: `docker --config x login`.
    for verb in *verbs {
        rest.find(|word| word.literal().as_deref() == Some(verb))?;
    }
    let mut out = Login { program, host: None, named: false, credentials: Vec::new(), password: None };
    while let Some(word) = rest.next() {
        let start = word.start();
        let value = |word: &Word| step.environment.word(word, step.commands);
        match start {
            "-u" | "--username" | "--authfile" | "--cert-dir" | "--ca-file" | "--cert-file" | "--key-file" => {
                rest.next();
            }
            "-p" | "--password" => {
                if let Some(password) = rest.next() {
                    out.credentials.extend(value(password).credentials);
                    out.password = Some(password.range.clone());
                }
            }
            _ if start.starts_with("--password=")
                || start.starts_with("-p") && start.len() == 2 + usize::from(start.contains('=')) =>
            {
                let password = word.without_start(start.find('=').map_or(2, |at| at + 1));
                out.credentials.extend(value(&password).credentials);
                out.password = Some(word.range.clone());
            }
            _ if start.starts_with("-p") && !start.starts_with("-p=") => {
                let password = word.without_start(2);
                out.credentials.extend(value(&password).credentials);
                out.password = Some(word.range.clone());
            }
            _ if start.starts_with('-') => {}
            _ => {
                if !out.named {
                    out.host = host(&value(word).text);
                }
                out.named = true;
            }
        }
    }
    // `echo "$T" | docker login --password-stdin`, `docker login … <<< "$T"`.
    let mut from = step.command.reads_from;
    while let Some(command) = from.and_then(|from| step.commands.get(from)) {
        for word in command.words.iter().skip(1) {
            out.credentials.extend(step.environment.word(word, step.commands).credentials);
        }
        from = command.reads_from;
    }
    for redirect in &step.command.redirects {
        out.credentials.extend(step.environment.word(&redirect.target, step.commands).credentials);
    }
    Some(out)
}
