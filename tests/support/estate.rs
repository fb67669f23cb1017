//! A made-up instance as an administrator exports it on 20 November 2026: 200 live tokens, 40 projects, people of whom three are
//! gone, the variables and pipelines of some projects. Nothing in it is random: the same files every time.
//!
//! It has what real ones have: one list that calls every bot's token a personal one, the same token in two lists, a day on
//! which a whole batch ends, tokens that nobody uses, leftovers of rotations, projects without a list of variables.

#![allow(dead_code)] // Each test that shares this file uses a part of it.

use std::fmt::Write as _;

/// The day of the export, in days since 1970-01-01: 2026-11-20.
const TODAY: i64 = 20_777;

/// A day as `YYYY-MM-DD`, so many days from the day of the export
/// (<https://howardhinnant.github.io/date_algorithms.html#civil_from_days>).
pub(crate) fn day(offset: i64) -> String {
    let z = TODAY + offset + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

const GROUPS: [(&str, u64); 4] = [("payments", 11), ("platform", 12), ("shop", 13), ("data", 14)];
const PROJECTS: [&str; 40] = [
    "api",
    "ledger",
    "fraud-check",
    "payout",
    "invoices",
    "statements",
    "card-vault",
    "webhooks",
    "sandbox",
    "docs",
    "terraform",
    "clusters",
    "images",
    "ci-templates",
    "observability",
    "dns",
    "vpn",
    "registry-cleanup",
    "runbooks",
    "backups",
    "storefront",
    "cart",
    "search",
    "recommendations",
    "mobile-app",
    "cms",
    "emails",
    "checkout",
    "loyalty",
    "design-system",
    "warehouse",
    "airflow",
    "dbt",
    "notebooks",
    "events",
    "exports",
    "quality",
    "catalog",
    "lineage",
    "reports",
];
/// What tokens are for: name, scopes, role, the variable that holds it.
const WORK: [(&str, &[&str], u64, &str); 12] = [
    ("semantic-release", &["api"], 40, "RELEASE_TOKEN"),
    ("renovate", &["api"], 30, "RENOVATE_TOKEN"),
    ("mirror-push", &["write_repository"], 40, "MIRROR_PUSH_TOKEN"),
    ("grafana", &["read_api"], 20, "GRAFANA_TOKEN"),
    ("sonar", &["read_api", "read_repository"], 30, "SONAR_GITLAB_TOKEN"),
    ("terraform-state", &["api"], 50, "TF_HTTP_PASSWORD"),
    ("registry-push", &["read_registry", "write_registry"], 30, "REGISTRY_PUSH_TOKEN"),
    ("docs-sync", &["read_repository", "write_repository"], 40, "DOCS_SYNC_TOKEN"),
    ("argocd", &["read_repository"], 20, "ARGOCD_TOKEN"),
    ("jira-sync", &["api"], 30, "JIRA_SYNC_TOKEN"),
    ("nightly-e2e", &["read_api", "read_registry"], 30, "E2E_TOKEN"),
    ("token for CI", &["api"], 40, "CI_PUSH_TOKEN"),
];
const PEOPLE: [(&str, &str, &str); 14] = [
    ("dana.reyes", "Dana Reyes", "active"),
    ("m.oduya", "Miriam Oduya", "active"),
    ("tkowalski", "Tomasz Kowalski", "blocked"),
    ("lin.wei", "Lin Wei", "active"),
    ("a.haddad", "Amira Haddad", "active"),
    ("psorensen", "Per Sørensen", "deactivated"),
    ("jo.marsh", "Jo Marsh", "active"),
    ("r.iyer", "Ravi Iyer", "active"),
    ("bfischer", "Birgit Fischer", "blocked"),
    ("c.mendez", "Carla Méndez", "active"),
    ("n.petrov", "Nadia Petrov", "active"),
    ("s.tanaka", "Sho Tanaka", "active"),
    ("e.okafor", "Ed Okafor", "active"),
    ("g.rossi", "Gaia Rossi", "active"),
];
const PERSONAL: [(&str, &[&str]); 8] = [
    ("laptop", &["api"]),
    ("vscode", &["api", "read_user"]),
    ("glab", &["api", "write_repository"]),
    ("backup script", &["read_api", "read_repository"]),
    ("jenkins", &["api"]),
    ("deploy-prod", &["api"]),
    ("test", &["read_user"]),
    ("excel report", &["read_api"]),
];

fn path(project: u64) -> String {
    let index = usize::try_from(project - 300).unwrap_or_default();
    format!("acme/{}/{}", GROUPS[index / 10 % 4].0, PROJECTS[index % 40])
}

struct Token<'a> {
    id: u64,
    name: &'a str,
    scopes: &'a [&'a str],
    made: i64,
    used: Option<i64>,
    end: Option<i64>,
    user: u64,
    ended: bool,
    more: String,
}

impl Token<'_> {
    fn json(&self) -> String {
        let quoted = |text: String| format!("\"{text}\"");
        let scopes = self.scopes.iter().map(|scope| format!("\"{scope}\"")).collect::<Vec<_>>().join(",");
        let expired = self.end.is_some_and(|end| end <= 0);
        format!(
            r#"{{"id":{},"name":"{}","revoked":{},"created_at":"{}T08:12:45.120Z","description":null,"scopes":[{scopes}],"user_id":{},"last_used_at":{},"active":{},"expires_at":{}{}}}"#,
            self.id,
            self.name,
            self.ended,
            day(-self.made),
            self.user,
            self.used.map_or("null".into(), |days| quoted(format!("{}T05:30:11.004Z", day(-days)))),
            !self.ended && !expired,
            self.end.map_or("null".into(), |days| quoted(day(days))),
            self.more,
        )
    }
}

fn list(rows: &[String]) -> String {
    format!("[{}]", rows.join(",\n"))
}

/// When the n-th token was made, last used and ends: a batch that was made on one day for a year, the rest strewn over the year.
fn life(n: u64) -> (i64, Option<i64>, Option<i64>) {
    let step = i64::try_from(n).unwrap_or_default();
    let used = match n % 11 {
        0 => None,
        1 | 2 => Some(95 + step % 150),
        3 => Some(31),
        rest => Some(i64::try_from(rest).unwrap_or_default() % 6),
    };
    let (made, end) = match n % 8 {
        // Everything that was renewed after an outage, on one afternoon.
        0 | 1 => (346, Some(19)),
        2 => (200, Some(165)),
        3 => (step % 90 + 100, Some(step * 7 % 120 + 2)),
        4 => (310, Some(step % 50 + 5)),
        5 => (700, None),
        6 => (step % 60 + 95, Some(step * 3 % 250 + 30)),
        _ => (step % 40 + 30, Some(60 + step % 30)),
    };
    (made, used.filter(|days| *days < made), end)
}

/// The files: path and text.
pub(crate) fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut all = Vec::new(); // GET /personal_access_tokens, as an administrator gets it.
    let mut users = Vec::new();
    for (index, (username, name, state)) in PEOPLE.iter().enumerate() {
        users.push(format!(
            r#"{{"id":{},"username":"{username}","name":"{name}","state":"{state}","locked":false,"avatar_url":null,"web_url":"https://gitlab.acme.example/{username}","bot":false,"is_admin":{},"last_activity_on":"{}"}}"#,
            20 + index,
            index == 0,
            day(if *state == "active" { -1 } else { -60 })
        ));
    }
    let mut n = 0_u64;
    let mut per_project: Vec<Vec<String>> = vec![Vec::new(); 40];
    // 118 project access tokens, each with its bot.
    for index in 0..118_u64 {
        let project = 300 + index * 7 % 40;
        let (name, scopes, role, _) = WORK[usize::try_from((index + index / 40 * 5) % 12).unwrap_or_default()];
        let (made, used, end) = life(n);
        n += 1;
        let bot = 9000 + index;
        users.push(format!(
            r#"{{"id":{bot},"username":"project_{project}_bot_{:08x}","name":"{name}","state":"active","locked":false,"avatar_url":null,"web_url":"x","bot":true,"is_admin":false}}"#,
            index * 2_654_435_761 % 4_294_967_296
        ));
        let token =
            Token { id: 1000 + index, name, scopes, made, used, end, user: bot, ended: false, more: String::new() };
        all.push(token.json());
        // Lists of single projects were given for a few.
        if project % 5 == 0 {
            let more = format!(r#","access_level":{role},"resource_type":"project","resource_id":{project}"#);
            if let Some(list) = per_project.get_mut(usize::try_from(project - 300).unwrap_or_default()) {
                list.push(Token { more, ..token }.json());
            }
        }
    }
    // 14 group access tokens.
    let mut group_tokens = Vec::new();
    for index in 0..14_u64 {
        let group = GROUPS[usize::try_from(index % 4).unwrap_or_default()].1;
        let (name, scopes, role, _) = WORK[usize::try_from(index * 5 % 12).unwrap_or_default()];
        let (made, used, end) = life(n);
        n += 1;
        let bot = 9500 + index;
        users.push(format!(
            r#"{{"id":{bot},"username":"group_{group}_bot_{:08x}","name":"{name}","state":"active","bot":true,"is_admin":false,"web_url":"x","avatar_url":null}}"#,
            index * 40_503 + 77
        ));
        let token =
            Token { id: 1500 + index, name, scopes, made, used, end, user: bot, ended: false, more: String::new() };
        all.push(token.json());
        let more = format!(r#","access_level":{role},"resource_type":"group","resource_id":{group}"#);
        group_tokens.push(Token { more, ..token }.json());
    }
    // 34 of people, six of them of the three who are gone; and 8 of service accounts.
    for index in 0..34_u64 {
        let (name, scopes) = PERSONAL[usize::try_from(index * 3 % 8).unwrap_or_default()];
        let (made, used, end) = life(n);
        n += 1;
        let user = 20 + index * 5 % 14;
        let gone = PEOPLE[usize::try_from(user - 20).unwrap_or_default()].2 != "active";
        let used = if gone { used.map(|days| days + 58) } else { used };
        all.push(
            Token {
                id: 2000 + index,
                name,
                scopes,
                made: made.max(120),
                used,
                end,
                user,
                ended: false,
                more: String::new(),
            }
            .json(),
        );
    }
    for index in 0..8_u64 {
        let name =
            ["deployer", "release-bot", "security-scans", "inventory"][usize::try_from(index % 4).unwrap_or_default()];
        if index < 4 {
            users.push(format!(
                r#"{{"id":{},"username":"service_account_group_{}_{:06x}","name":"{name}","state":"active","bot":true,"is_admin":false,"web_url":"x","avatar_url":null}}"#,
                9800 + index,
                GROUPS[usize::try_from(index).unwrap_or_default()].1,
                index * 777 + 4096
            ));
        }
        let (made, used, end) = life(n);
        n += 1;
        let scopes: &[&str] = if index % 2 == 0 { &["api"] } else { &["read_api"] };
        all.push(
            Token {
                id: 2500 + index,
                name,
                scopes,
                made,
                used,
                end,
                user: 9800 + index % 4,
                ended: false,
                more: String::new(),
            }
            .json(),
        );
    }
    // What is over stands in the same list: it is not to be planned.
    for index in 0..60_u64 {
        let (name, scopes, ..) = WORK[usize::try_from(index % 12).unwrap_or_default()];
        let ended = index % 2 == 0;
        let end = Some(if ended { 40 } else { -1 - i64::try_from(index).unwrap_or_default() });
        all.push(
            Token {
                id: 500 + index,
                name,
                scopes,
                made: 400,
                used: Some(100),
                end,
                user: 9000 + index,
                ended,
                more: String::new(),
            }
            .json(),
        );
    }
    // Cut into the pages that the API gives.
    for (page, rows) in all.chunks(100).enumerate() {
        files.push((format!("admin/personal_access_tokens-page{}.json", page + 1), list(rows)));
    }
    files.push(("admin/users.json".into(), list(&users)));
    for (index, rows) in per_project.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        files.push((format!("projects/{}/access_tokens.json", 300 + index), list(rows)));
    }
    for (_, group) in GROUPS {
        let of_group = format!(r#""resource_id":{group}}}"#);
        let rows: Vec<String> = group_tokens.iter().filter(|row| row.ends_with(&of_group)).cloned().collect();
        files.push((format!("groups/{group}/access_tokens.json"), list(&rows)));
    }
    // 20 deploy tokens and 6 trigger tokens.
    for project in [302_u64, 312, 313, 320, 331] {
        let rows: Vec<String> = (0..4_u64)
            .map(|index| {
                let id = project * 10 + index;
                let name = ["kubernetes-pull", "gitlab-deploy-token", "packages-ci", "customer-download"]
                    [usize::try_from(index).unwrap_or_default()];
                let scopes = [
                    r#""read_registry""#,
                    r#""read_repository","read_registry""#,
                    r#""read_package_registry","write_package_registry""#,
                    r#""read_package_registry""#,
                ][usize::try_from(index).unwrap_or_default()];
                let end = match (project + index) % 3 {
                    0 => "null".into(),
                    1 => format!("\"{}T00:00:00.000Z\"", day(19)),
                    _ => format!("\"{}T00:00:00.000Z\"", day(240)),
                };
                format!(
                    r#"{{"id":{id},"name":"{name}","username":"gitlab+deploy-token-{id}","expires_at":{end},"scopes":[{scopes}],"revoked":false,"expired":false}}"#
                )
            })
            .collect();
        files.push((format!("projects/{project}/deploy_tokens.json"), list(&rows)));
    }
    for project in [301_u64, 327] {
        let rows: Vec<String> = (0..3_u64)
            .map(|index| {
                let (username, name, state) = PEOPLE[usize::try_from(index * 2).unwrap_or_default()];
                format!(
                    r#"{{"id":{},"token":"abcd","description":"{}","created_at":"{}T10:00:00.000Z","updated_at":"{}T10:00:00.000Z","last_used":{},"expires_at":{},"owner":{{"id":{},"username":"{username}","name":"{name}","state":"{state}","avatar_url":null,"web_url":"x"}}}}"#,
                    project - 290 + index * 100,
                    ["nightly from jenkins", "cms publish", "old"][usize::try_from(index).unwrap_or_default()],
                    day(-500),
                    day(-500),
                    if index == 2 { "null".into() } else { format!("\"{}T04:00:00.000Z\"", day(-2)) },
                    if index == 1 { format!("\"{}T00:00:00.000Z\"", day(25)) } else { "null".into() },
                    20 + index * 2,
                )
            })
            .collect();
        files.push((format!("projects/{project}/triggers.json"), list(&rows)));
    }
    let projects: Vec<String> = (300..340_u64)
        .map(|id| {
            let visibility = if id % 13 == 0 { "internal" } else { "private" };
            format!(
                r#"{{"id":{id},"path_with_namespace":"{}","visibility":"{visibility}","archived":false}}"#,
                path(id)
            )
        })
        .collect();
    files.push(("admin/projects.json".into(), list(&projects)));
    let groups: Vec<String> = GROUPS
        .iter()
        .map(|(name, id)| {
            format!(r#"{{"id":{id},"name":"{name}","path":"{name}","full_path":"acme/{name}","visibility":"private"}}"#)
        })
        .collect();
    files.push(("admin/groups.json".into(), list(&groups)));
    // The variables of half of the projects, and of one group.
    let variable = |key: &str, masked: bool, scope: &str| {
        format!(
            r#"{{"variable_type":"env_var","key":"{key}","value":null,"hidden":true,"protected":true,"masked":{masked},"raw":true,"environment_scope":"{scope}","description":null}}"#
        )
    };
    for project in (300..340_u64).step_by(2) {
        let here = (0..118_u64).filter(|index| 300 + index * 7 % 40 == project);
        let mut rows: Vec<String> = here
            .map(|index| {
                let (.., key) = WORK[usize::try_from((index + index / 40 * 5) % 12).unwrap_or_default()];
                variable(key, index % 4 != 0, if index % 9 == 0 { "production" } else { "*" })
            })
            .collect();
        rows.push(variable("SENTRY_DSN", true, "*"));
        files.push((format!("projects/{project}/variables.json"), list(&rows)));
    }
    files.push((
        "groups/12/variables.json".into(),
        list(&[
            variable("TF_HTTP_PASSWORD", true, "*"),
            variable("RENOVATE_TOKEN", true, "*"),
            variable("JENKINS_TOKEN", true, "*"),
        ]),
    ));
    for (project, jobs) in [
        (300_u64, &["RELEASE_TOKEN", "SONAR_GITLAB_TOKEN"][..]),
        (310, &["TF_HTTP_PASSWORD", "RENOVATE_TOKEN"]),
        (313, &["MIRROR_PUSH_TOKEN"]),
        (320, &["REGISTRY_PUSH_TOKEN", "E2E_TOKEN"]),
        (331, &["GRAFANA_TOKEN", "DOCS_SYNC_TOKEN"]),
    ] {
        let mut text = String::from("stages: [build, deploy]\n");
        for job in jobs {
            let name = job.to_lowercase().replace("_token", "").replace('_', "-");
            let _ = write!(
                text,
                "\n{name}:\n  stage: deploy\n  rules:\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n  script:\n    - ./ci/{name}.sh --token-env {job}\n    - curl --fail --header \"PRIVATE-TOKEN: ${job}\" \"$CI_API_V4_URL/projects/$CI_PROJECT_ID\"\n"
            );
        }
        files.push((format!("src/{}/.gitlab-ci.yml", path(project)), text));
    }
    files
}
