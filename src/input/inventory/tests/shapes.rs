//! Each shape of an export has a fixture, and is read completely.

use super::*;

type Shape = (&'static str, &'static [(&'static str, usize)], usize);

/// Each shape of an export, its fixture, the kinds of row in it with how many there are, and how many credentials.
const SHAPES: &[Shape] = &[
    ("all-personal-access-tokens.json", &[], 0),
    ("manage-resource-access-tokens.json", &[("tokens", 3)], 0),
    ("manage-ssh-keys.json", &[("ssh_keys", 1)], 0),
    ("application-settings.json", &[("instance", 1)], 3),
    ("terraform-plan.json", &[("others", 1), ("tokens", 1)], 3),
    ("blank-lines.ndjson", &[("tokens", 2)], 0),
    ("graphql-errors-and-data.json", &[("tokens", 1)], 0),
    ("pages-one-after-another.json", &[("tokens", 2)], 0),
    ("gh-like-table.txt", &[("tokens", 2)], 0),
    ("glab-variable-export-env.txt", &[("variables", 4)], 1),
    ("glab-variable-export-shell.txt", &[("variables", 2)], 1),
    ("pipeline-schedule.json", &[("others", 1), ("variables", 2)], 1),
    (
        "members-projects-groups.ndjson",
        &[("members", 1), ("projects", 1), ("groups", 1), ("users", 1), ("service_accounts", 1)],
        2,
    ),
    ("managers-mirrors-integrations-gpg.ndjson", &[("others", 3), ("gpg_keys", 1)], 1),
    ("user-permissions.csv", &[("members", 2)], 0),
];

#[test]
fn no_fixture_is_forgotten() {
    let here = [include_str!("mod.rs"), include_str!("shapes.rs")].concat();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exports");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(here.contains(&format!("\"{name}")), "{name} is in no test");
    }
}

#[test]
fn each_shape_is_read_whole() {
    for (name, want, credentials) in SHAPES {
        let text = fixture(name);
        let reading = read_text(name, &text);
        let inventory = inventory(&reading);
        let mut counts = inventory.counts().to_vec();
        counts.push(("instance", usize::from(inventory.instance.is_some())));
        counts.retain(|(_, count)| *count > 0);
        if !want.is_empty() {
            let mut want = want.to_vec();
            want.sort_unstable();
            counts.sort_unstable();
            assert_eq!(counts, want, "{name}");
        }
        let report = crate::audit(vec![crate::Input::new(*name, text.clone())], &context());
        assert_eq!(report.inputs[0].kind, crate::input::Kind::Inventory, "{name}");
        let exposed = report.findings.iter().filter(|finding| finding.rule.id == "exposed-token").count();
        assert_eq!(exposed, *credentials, "{name}");
        insta::assert_json_snapshot!(*name, shown(name));
    }
}
