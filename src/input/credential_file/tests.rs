use base64::prelude::{BASE64_STANDARD, Engine as _};
use proptest::prelude::*;

use super::*;
use crate::input::mapped::Mapped;
use crate::input::{Input, Kind as InputKind};
use crate::report::Report;
use crate::time::Date;

fn report(name: &str, text: &str) -> Report {
    let context = Context::new(Date::parse("2026-11-20").unwrap());
    crate::audit(vec![Input::new(name, crate::fake::expand(text))], &context)
}

/// Kind, type and line of every credential.
fn found(name: &str, text: &str) -> (InputKind, Vec<(&'static str, usize)>) {
    let report = report(name, text);
    let mut out: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.id == "exposed-token")
        .map(|finding| (finding.token.as_ref().unwrap().kind.id(), finding.place.unwrap().line))
        .collect();
    out.sort_by_key(|(_, line)| *line);
    (report.inputs[0].kind, out)
}

#[track_caller]
fn check(name: &str, text: &str, want: &[(&'static str, usize)]) {
    let (kind, found) = found(name, text);
    assert_eq!(kind, InputKind::CredentialFile, "{name}\n{text}");
    assert_eq!(found, want, "{name}\n{text}");
}

const PASSWORD: &str = "generic_password";

#[test]
fn each_kind_is_known_by_its_content() {
    check("x", "machine git.example.com login bob\n  password hunter2horse\n", &[(PASSWORD, 2)]);
    check("x", "//git.example.com/api/v4/packages/npm/:_authToken=plainoldtokenvalue\n", &[(PASSWORD, 1)]);
    check(
        "x",
        "[distutils]\nindex-servers = a\n[a]\nrepository = https://g/\nusername = u\npassword = hunter2horse\n",
        &[(PASSWORD, 6)],
    );
    check("x", "{\"auths\": {\"r.example.com\": {\"auth\": \"Ym9iOmh1bnRlcjJob3JzZQ==\"}}}", &[(PASSWORD, 1)]);
    check("x", "{\n\t\"gitlab-token\": {\"git.example.com\": \"plainoldtokenvalue\"}\n}", &[(PASSWORD, 2)]);
    check(
        "x",
        "<settings><servers><server><id>g</id><username>u</username>\n<password>hunter2horse</password></server></servers></settings>",
        &[(PASSWORD, 2)],
    );
    check(
        "x",
        "<configuration><packageSourceCredentials><G><add key=\"Username\" value=\"u\"/>\n<add key=\"ClearTextPassword\" value=\"hunter2horse\"/></G></packageSourceCredentials></configuration>",
        &[(PASSWORD, 2)],
    );
    check("x", "credentials \"git.example.com\" {\n  token = \"plainoldtokenvalue\"\n}\n", &[(PASSWORD, 2)]);
    check(
        "x",
        "hosts:\n  git.example.com:\n    token: plainoldtokenvalue1\n    git_protocol: ssh\n",
        &[("personal_access_token", 3)],
    );
    check(
        "x",
        "[global]\ndefault = g\n[g]\nurl = https://g\nprivate_token = plainoldtokenvalue1\n",
        &[("personal_access_token", 5)],
    );
    check("x", "[global]\nindex-url = https://u:hunter2horse@git.example.com/simple\n", &[(PASSWORD, 2)]);
    check("x", "[remote \"origin\"]\n\turl = https://u:hunter2horse@git.example.com/a.git\n", &[(PASSWORD, 2)]);
    check(
        "x",
        "https://u:hunter2horse@git.example.com\nhttps://v:otherhorse1@h.example.com\n",
        &[(PASSWORD, 1), (PASSWORD, 2)],
    );
    check("x", "DB_HOST=db\nAPI_TOKEN=\"plainoldtokenvalue\"\n", &[(PASSWORD, 2)]);
    check("gradle.properties", "version=1\ngitLabPrivateToken=plainoldtokenvalue\n", &[(PASSWORD, 2)]);
    check(
        "x",
        "npmScopes:\n  a:\n    npmRegistryServer: https://g\n    npmAuthToken: plainoldtokenvalue\n",
        &[(PASSWORD, 4)],
    );
    check("x", "[http-basic.g]\nusername = \"u\"\npassword = \"hunter2horse\"\n", &[(PASSWORD, 3)]);
}

#[test]
fn secrets_of_kubernetes_are_decoded() {
    check(
        "s.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  username: bob\n  password: hunter2horse\n---\n\
         apiVersion: v1\nkind: Secret\ndata:\n  token: cGxhaW5vbGR0b2tlbnZhbHVl\n  ca.crt: cGxhaW5vbGR0b2tlbnZhbHVl\n",
        &[(PASSWORD, 6), (PASSWORD, 11)],
    );
    let inner = BASE64_STANDARD.encode(b"{\"auths\":{\"r\":{\"auth\":\"Ym9iOmh1bnRlcjJob3JzZQ==\"}}}");
    check("s.yaml", &format!("apiVersion: v1\nkind: Secret\ndata:\n  .dockerconfigjson: {inner}\n"), &[(PASSWORD, 4)]);
}

#[test]
fn tokens_of_known_kinds_keep_their_kind() {
    check("x", "machine gitlab.com login u password {{personal_access_token}}\n", &[("personal_access_token", 1)]);
    check(".npmrc", "//gitlab.com/:_authToken={{deploy_token}}\n", &[("deploy_token", 1)]);
    check("x.env", "GITLAB_TOKEN={{personal_access_token}}\n", &[("personal_access_token", 1)]);
}

#[test]
fn references_and_placeholders_are_left_in_peace() {
    check(".npmrc", "//gitlab.com/:_authToken=${CI_JOB_TOKEN}\n@a:registry=https://gitlab.com/\n", &[]);
    check("x", "machine h login u password $TOKEN\n", &[]);
    check(
        ".env",
        "API_TOKEN=\nDB_PASSWORD=changeme\nA_TOKEN=<token>\nB_TOKEN={{ token }}\nC_TOKEN=xxxxxxxx\nD_SECRET=op://a/b\n",
        &[],
    );
    check("x", "<settings><server><password>${env.PASS}</password></server></settings>", &[]);
    check("x", "{\"auths\": {\"r.example.com\": {}}, \"credsStore\": \"desktop\"}", &[]);
    check("x", "credentials \"h\" {\n  token = var.token\n}\n", &[]);
    check("x", "[remote \"o\"]\n\turl = git@git.example.com:a.git\n", &[]);
    check("s.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  password: $(PASS)\n  token: !vault x\n", &[]);
}

#[test]
fn other_files_are_not_taken_for_credential_files() {
    for (name, text) in [
        ("notes.md", "# How to\nPut `machine h login u password p` into .netrc\n"),
        ("a.sh", "#!/bin/sh\nmachine \nlogin \npassword \n"),
        ("a.yml", "build:\n  script:\n    - kubectl apply -f s.yml\n"),
        ("a.json", "[{\"id\": 1, \"name\": \"x\"}]"),
        ("a.conf", "A=1\nB=2\n"),
        ("a.txt", "see https://u:p@h and more\n"),
    ] {
        assert_ne!(report(name, text).inputs[0].kind, InputKind::CredentialFile, "{name}");
    }
}

#[test]
fn a_runners_configuration_is_read() {
    let text = "concurrent = 1\n[[runners]]\n  name = \"a\"\n  url = \"https://git.example.com\"\n  token = \"plain2oldtoken3value\"\n  \
                token_expires_at = 2026-11-25T00:00:00Z\n  executor = \"docker\"\n  environment = [\"A=b\", \"API_TOKEN=hunter2horse\"]\n  \
                [runners.docker]\n    privileged = true\n[[runners]]\n  name = \"b\"\n  executor = \"shell\"\n  token_expires_at = 0001-01-01T00:00:00Z\n";
    check("config.toml", text, &[("runner_authentication_token", 5), (PASSWORD, 8)]);
    let source = Source::new(Name::new("config.toml"), text.into(), text.len());
    let reading = read(&source, &Context::new(Date::parse("2026-11-20").unwrap()));
    let Model::CredentialFile(file) = reading.model else { panic!() };
    assert_eq!(file.runners.len(), 2);
    assert!(file.runners[0].privileged.is_some() && file.runners[1].privileged.is_none());
    assert!(file.runners[0].token_expires.is_some() && file.runners[1].token_expires.is_none());
    assert_eq!(file.entries[0].host.as_ref().unwrap().as_str(), "https://git.example.com");
    assert_eq!(file.entries[0].user.as_ref().unwrap().as_str(), "a");
    assert_eq!(file.entries[0].key.as_str(), "runners.token");
}

/// Host, user and key path of the only entry.
fn tied(name: &str, text: &str) -> (Option<String>, Option<String>, String) {
    let text = crate::fake::expand(text);
    let source = Source::new(Name::new(name), text.clone(), text.len());
    let reading = read(&source, &Context::new(Date::parse("2026-11-20").unwrap()));
    let Model::CredentialFile(file) = reading.model else { panic!("{name}") };
    assert_eq!(file.entries.len(), 1, "{text}");
    let entry = &file.entries[0];
    let word = |name: &Option<Name>| name.as_ref().map(|name| name.as_str().to_owned());
    (word(&entry.host), word(&entry.user), entry.key.as_str().to_owned())
}

#[track_caller]
fn check_tied(name: &str, text: &str, line: usize, host: &str, user: &str, key: &str) {
    check(name, text, &[(PASSWORD, line)]);
    let some = |word: &str| (!word.is_empty()).then(|| word.to_owned());
    assert_eq!(tied(name, text), (some(host), some(user), key.to_owned()), "{text}");
}

#[test]
fn more_tools_are_known_each_with_its_host_user_and_key() {
    check_tied(
        "session.json",
        "{\"log\": {\"version\": \"1.2\", \"entries\": [{\"request\": {\"method\": \"GET\", \"url\": \"https://g/\", \"headers\": [\n{\"name\": \"Accept\", \"value\": \"text/html\"},\n\
         {\"name\": \"Private-Token\", \"value\": \"plainoldtokenvalue\"}]}}]}}",
        3,
        "",
        "Private-Token",
        "log.entries.request.headers.value",
    );
    check_tied(
        "x",
        "{\"info\": {\"schema\": \"https://schema.getpostman.com/json/collection/v2.1.0\"}, \"item\": [{\"request\": {\"header\": [\n{\"key\": \"X\", \"value\": \"some-plain-text\"},\n{\"key\": \"PRIVATE-TOKEN\", \"value\": \"plainoldtokenvalue\"}]}}]}",
        3,
        "",
        "PRIVATE-TOKEN",
        "item.request.header.value",
    );
    check_tied(
        "x",
        "{\"platform\": \"gitlab\", \"hostRules\": [\n{\"matchHost\": \"a.example.com\", \"token\": \"process.env.A\"},\n{\"matchHost\": \"git.example.com\", \"username\": \"bot\", \"password\": \"hunter2horse\"}]}",
        3,
        "git.example.com",
        "bot",
        "hostRules.password",
    );
    check_tied(
        "config.js",
        "module.exports = {\n  platform: 'gitlab',\n  endpoint: 'https://git.example.com/api/v4/',\n  token: 'plainoldtokenvalue',\n};\n",
        4,
        "https://git.example.com/api/v4/",
        "",
        "token",
    );
    check_tied(
        "terraform.tfstate",
        "{\"version\": 3, \"backend\": {\"type\": \"http\", \"config\": {\"address\": \"https://g/api/v4/projects/1/terraform/state/x\", \"username\": \"u\",\n\"password\": \"hunter2horse\"}}}",
        2,
        "https://g/api/v4/projects/1/terraform/state/x",
        "u",
        "backend.config.password",
    );
    check_tied("x.tfvars", "region = \"eu\"\ngitlab_token = \"plainoldtokenvalue\"\n", 2, "", "", "gitlab_token");
    check_tied(
        "x",
        "{\"credentials\": [{\"remote\": \"gitlab\", \"user\": \"bob\",\n\"password\": \"hunter2horse\"}]}",
        2,
        "gitlab",
        "bob",
        "credentials.password",
    );
    check_tied("x", "[registries.shop]\ntoken = \"plainoldtokenvalue\"\n", 2, "shop", "", "registries.shop.token");
    check_tied(
        "x",
        "[[source]]\nname = \"g\"\nurl = \"https://u:hunter2horse@git.example.com/simple\"\n",
        3,
        "",
        "",
        "source.url",
    );
    check_tied(
        "x",
        "---\nBUNDLE_GEMS__EXAMPLE__COM: \"bob:hunter2horse\"\n",
        2,
        "BUNDLE_GEMS__EXAMPLE__COM",
        "",
        "BUNDLE_GEMS__EXAMPLE__COM",
    );
    check_tied(
        "gitlab.rb",
        "external_url 'https://git.example.com'\n# gitlab_rails['smtp_password'] = \"commented12\"\ngitlab_rails['initial_root_password'] = \"hunter2horse\"\n",
        3,
        "https://git.example.com",
        "",
        "gitlab_rails.initial_root_password",
    );
    check_tied(
        "build.gradle",
        "repositories {\n maven {\n  url \"https://g/api/v4/groups/7/-/packages/maven\"\n  credentials(HttpHeaderCredentials) {\n   name = 'Private-Token'\n   value = 'plainoldtokenvalue'\n  }\n }\n}\n",
        6,
        "",
        "Private-Token",
        "value",
    );
    check_tied(
        "x",
        "[http \"https://git.example.com/\"]\n\textraHeader = PRIVATE-TOKEN: plainoldtokenvalue\n",
        2,
        "https://git.example.com/",
        "",
        "http.https://git.example.com/.extraHeader",
    );
    check_tied(
        "x",
        "[url \"https://u:hunter2horse@git.example.com/\"]\n\tinsteadOf = git@git.example.com:\n",
        1,
        "",
        "",
        "url.https://u:…@git.example.com/",
    );
    check_tied(
        "rclone.conf",
        "[shop]\ntype = webdav\nurl = https://h/\nuser = bob\npass = plainoldtokenvalue\n",
        5,
        "https://h/",
        "bob",
        "shop.pass",
    );
    check_tied("x", "--extra-index-url https://u:hunter2horse@git.example.com/simple\nrequests==2.0\n", 1, "", "", "");
    check_tied(
        ".yarnrc.yml",
        "npmScopes:\n  a:\n    npmRegistryServer: https://g\n    npmAuthIdent: bob:hunter2horse\n",
        4,
        "https://g",
        "",
        "npmScopes.a.npmAuthIdent",
    );
    check_tied(
        "x",
        "hosts:\n  git.example.com:\n    git_protocol: ssh\n    custom_headers:\n      - name: X-Gitlab-Token\n        value: plainoldtokenvalue1\n",
        6,
        "git.example.com",
        "X-Gitlab-Token",
        "hosts.git.example.com.custom_headers.value",
    );
}

#[test]
fn helm_values_hold_a_runners_configuration() {
    let text = "gitlabUrl: https://git.example.com/\nrunnerToken: plain2oldtoken3value\nrunners:\n  config: |\n    [[runners]]\n      name = \"a\"\n      \
                executor = \"shell\"\n      environment = [\"API_TOKEN=hunter2horse\"]\n      [runners.kubernetes]\n        privileged = true\n        bearer_token = \"otherhorse12\"\n";
    check("values.yaml", text, &[("runner_authentication_token", 2), (PASSWORD, 8), (PASSWORD, 11)]);
    let rules: Vec<_> = report("values.yaml", text)
        .findings
        .iter()
        .map(|finding| (finding.rule.id, finding.place.unwrap().line))
        .collect();
    assert!(rules.contains(&("runner-privileged", 10)) && rules.contains(&("runner-shell-executor", 7)), "{rules:?}");
    check("values.yaml", "gitlabUrl: https://git.example.com/\nrunners:\n  secret: gitlab-runner-secret\n", &[]);
}

#[test]
fn descriptions_of_a_value_are_no_value() {
    for value in [
        "PROJECT_REGISTRATION_TOKEN",
        "INSERT-TOKEN-HERE",
        "Gitlab 에서 확인한 Token 정보",
        "指定项目的授权码",
        "the token of the project",
        "YOUR_RUNNER_TOKEN",
    ] {
        check("config.toml", &format!("[[runners]]\n  url = \"https://g\"\n  token = \"{value}\"\n"), &[]);
        check("values.yaml", &format!("gitlabUrl: https://g/\nrunnerRegistrationToken: \"{value}\"\n"), &[]);
    }
    check("x", "machine h login u password MY_PASSWORD\n", &[]);
    check("x", "machine h login u password Correct_Horse\n", &[(PASSWORD, 1)]);
}

#[test]
fn references_in_those_tools_are_left_in_peace() {
    check(
        "config.js",
        "module.exports = {\n  platform: 'gitlab',\n  endpoint: 'https://g/',\n  token: process.env.RENOVATE_TOKEN,\n  password: `${process.env.X}`,\n};\n",
        &[],
    );
    check("x", "{\"hostRules\": [{\"matchHost\": \"g\", \"encrypted\": {\"token\": \"ENC[abcdefgh12]\"}}]}", &[]);
    check(
        "build.gradle",
        "credentials(HttpHeaderCredentials) {\n  name = \"Job-Token\"\n  value = System.getenv(\"CI_JOB_TOKEN\")\n}\n",
        &[],
    );
    check(
        "x",
        "---\nBUNDLE_PATH: vendor/bundle\nBUNDLE_JOBS: \"4\"\nBUNDLE_MIRROR__ALL: https://rubygems.example.com\n",
        &[],
    );
    check(
        "x",
        "[http]\n\textraHeader = X-Other: something-long\n[http \"https://h\"]\n\textraHeader = \"Authorization: Bearer $TOKEN\"\n",
        &[],
    );
    check("go/env", "GOPRIVATE=git.example.com\nGOPROXY=https://proxy.example.com\n", &[]);
    check(
        "settings.xml",
        "<settings><servers><server><id>g</id><password>{COQLCE6DU6GtcS5P=}</password></server></servers></settings>",
        &[],
    );
}

proptest! {
    #[test]
    fn any_text_is_read_with_places_inside_it(name in 0..100usize, text in filelike()) {
        let kind = &credential_files()[name % credential_files().len()];
        let sign = kind.signs.iter().filter_map(|sign| std::str::from_utf8(sign.needle()).ok()).collect::<Vec<_>>().join("\n");
        for text in [text.clone(), format!("{sign}\n{text}"), format!("{text}\n{sign}")] {
            for fields in [
                fields::yaml(&text), fields::pairs(&text), fields::ini(&text, true).into(), fields::ini(&text, false).into(),
                fields::hcl(&text).into(), fields::xml(&text).into(), fields::netrc(&text).into(), fields::lines(&text).into(),
                fields::inside(&Mapped::plain(&text, 0), |text| fields::ini(text, true)),
            ] {
                for field in &fields.list {
                    prop_assert!(text.get(field.value.span().range()).is_some());
                    let _ = value::judge(field, FieldHolds::Environment);
                }
            }
            let _ = report(kind.names.first().copied().unwrap_or("x"), &text);
        }
    }
}

fn filelike() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n"),
        Just("="),
        Just("\""),
        Just("'"),
        Just("[a]"),
        Just("[[runners]]\n"),
        Just("{"),
        Just("}"),
        Just("<a>"),
        Just("</a>"),
        Just("<add key=\"a\" value='b'/>"),
        Just("password"),
        Just(" "),
        Just("machine "),
        Just("://u:p@"),
        Just("é"),
        Just("_auth=YTpi"),
        Just("["),
        Just("]"),
        Just("#"),
        Just("token = \"abcdefgh\"\n"),
        Just("key="),
    ];
    prop_oneof![proptest::collection::vec(piece, 0..40).prop_map(|parts| parts.concat()), any::<String>()]
}

#[test]
fn a_value_behind_a_colon_has_its_own_place() {
    for text in ["key: value", ": \u{2de0}"] {
        for field in fields::ini(text, false) {
            assert_eq!(field.value.span().range(), text.find(": ").unwrap() + 2..text.len());
        }
    }
}

#[test]
fn settings_of_an_editor_are_read_with_their_comments() {
    let settings = "{\n  // the editor's own\n  \"editor.fontSize\": 12,\n  \"gitlab.instanceUrl\": \"https://git.example.com\",\n  \"gitlab.token\": \"plainoldtokenvalue\",\n  \"gitlab.duo.enabled\": true,\n}\n";
    check("settings.json", settings, &[("personal_access_token", 5)]);
    assert_eq!(tied("settings.json", settings).0.as_deref(), Some("https://git.example.com"));
}

#[test]
fn what_looks_like_a_reference_or_a_name_may_be_the_value() {
    // The default of a variable, and Terraform's variable with the host in small letters.
    let compose = "services:\n  a:\n    image: x\n    environment:\n      PRIVATE_TOKEN: \"${T:-plainoldtokenvalue}\"\n      B_TOKEN: \"${B:-}\"\n      C_TOKEN: \"${C:-$D}\"\n";
    check("docker-compose.yml", compose, &[(PASSWORD, 5)]);
    check(".env", "A=1\nTF_TOKEN_git_example_com=plainoldtokenvalue\n", &[(PASSWORD, 2)]);
    // A storage's access key is a credential itself, not a user's name.
    let runner = "[[runners]]\n  url = \"https://git.example.com\"\n  [runners.cache.s3]\n    AccessKey = \"plainoldaccesskey\"\n    SecretKey = \"plainoldsecretkey\"\n";
    check("config.toml", runner, &[(PASSWORD, 4), (PASSWORD, 5)]);
    // What Renovate holds encrypted is none.
    let renovate = "{\"hostRules\": [{\"matchHost\": \"g\", \"encrypted\": {\"token\": \"wcFMAw5Qk2bY7z\", \"password\": \"wcFMAw5Qk2bY7z\"}}]}";
    check("renovate.json", renovate, &[]);
}

#[test]
fn compose_files_and_nugets_api_keys_are_read() {
    let compose = "\
services:
  renovate:
    image: renovate/renovate
    build:
      context: .
      args:
        NPM_TOKEN: hunter2horsebattery
    environment:
      RENOVATE_TOKEN: plainoldtokenvalue
      LOG_LEVEL: debug
      GITLAB_TOKEN: ${GITLAB_TOKEN}
  bot:
    image: bot
    environment:
      - GITLAB_TOKEN=hunter2horsebattery
      - DB_PASSWORD=${DB_PASSWORD:-}
      - GITLAB_HOST=https://gitlab.example.com
";
    // The same value in two places is one finding.
    check("docker-compose.prod.yml", compose, &[(PASSWORD, 7), (PASSWORD, 9)]);
    let bot = "services:\n  bot:\n    image: bot\n    environment:\n      - GITLAB_TOKEN=hunter2horsebattery\n";
    check_tied("compose.yml", bot, 5, "", "", "services.bot.environment.GITLAB_TOKEN");
    let nuget = "<?xml version=\"1.0\"?>\n<configuration>\n  <apikeys>\n    <add key=\"https://gitlab.example.com/api/v4/projects/9/packages/nuget/index.json\" value=\"hunter2horsebattery\" />\n  </apikeys>\n</configuration>\n";
    check("NuGet.Config", nuget, &[(PASSWORD, 4)]);
    let host = "https://gitlab.example.com/api/v4/projects/9/packages/nuget/index.json";
    check_tied("x", nuget, 4, host, "", &format!("configuration.apikeys.{host}"));
}

#[test]
fn what_manuals_write_in_a_values_place_is_no_value() {
    for value in [
        "my_gitlab_token",
        "secret-token",
        "your-password",
        "api token here",
        "PUT_REGISTRATION_TOKEN_HERE",
        "long-and-random-alphanumeric-string",
        "这里填token",
        "トークンをここに",
        "yyyyyyyy",
        "<your_token>",
    ] {
        check(".netrc", &format!("machine gitlab.com\n  login me\n  password {value}\n"), &[]);
        check("auth.json", &format!("{{\"gitlab-token\": {{\"gitlab.com\": \"{value}\"}}}}"), &[]);
    }
    for value in ["hunter2-horse-token", "correct-horse-battery", "my_gitlab_t0ken_7Qz"] {
        check("auth.json", &format!("{{\"gitlab-token\": {{\"gitlab.com\": \"{value}\"}}}}"), &[(PASSWORD, 1)]);
    }
    assert!(value::MANUAL.is_sorted());
}

#[test]
fn a_long_list_is_known_wherever_the_look_at_it_ends() {
    for (line, count) in [("https://user:hunter2horse@git.example.com\n", 1_700), ("API_TOKEN=hunter2horse\n", 3_000)] {
        let list = line.repeat(count);
        for before in 0..=line.len() {
            let text = format!("#{}\n{list}", "x".repeat(before));
            assert!(text.len() > LOOK && looks_like("list", &text), "{before} before {line}");
        }
        let more = format!("{list}that was a list of them\n");
        assert!(more.len() > LOOK && looks_like("list", &more));
        assert!(!looks_like("list", &format!("that is a list of them\n{list}")));
    }
    assert!(!looks_like("list", &format!("https://user:hunter2horse@{}", "x".repeat(LOOK))));
}
