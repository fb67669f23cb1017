use proptest::prelude::*;

use super::*;
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
    let inner = data_encoding::BASE64.encode(b"{\"auths\":{\"r\":{\"auth\":\"Ym9iOmh1bnRlcjJob3JzZQ==\"}}}");
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

proptest! {
    #[test]
    fn any_text_is_read_with_places_inside_it(name in 0..KINDS.len(), text in filelike()) {
        let kind = &KINDS[name];
        let sign = kind.signs.join("\n");
        for text in [text.clone(), format!("{sign}\n{text}"), format!("{text}\n{sign}")] {
            for fields in [
                fields::yaml(&text), fields::ini(&text, true), fields::ini(&text, false), fields::hcl(&text),
                fields::xml(&text), fields::netrc(&text), fields::lines(&text),
            ] {
                for field in &fields {
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
