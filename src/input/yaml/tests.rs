// Cutting a text in the wrong place is what these tests are to notice.
#![allow(clippy::string_slice)]

use proptest::prelude::*;

use super::*;

/// The tree as a line, to compare with.
fn show(tree: &Tree, id: NodeId) -> String {
    let tag = tree.node(id).tag.as_deref().map_or(String::new(), |tag| format!("!{tag} "));
    let body = match &tree.node(id).value {
        Value::Scalar(scalar) => format!("{:?}", scalar.text.text()),
        Value::Sequence(items) => {
            let items: Vec<_> = items.iter().map(|&item| show(tree, item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Mapping(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|&(key, value)| format!("{}: {}", show(tree, key), show(tree, value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Alias(target) => format!("*{}", target.map_or("?".into(), |target| target.0.to_string())),
    };
    format!("{tag}{body}")
}

fn at(tree: &Tree, path: &[&str]) -> NodeId {
    let mut id = *tree.documents.last().unwrap();
    for key in path {
        id = tree.get(id, key).unwrap_or_else(|| panic!("no {key}"));
    }
    id
}

/// Each line of a text, as it stands in the source.
fn source_lines(source: &str, mapped: &Mapped) -> Vec<String> {
    let mut out = Vec::new();
    let mut from = 0;
    for line in mapped.text().split('\n') {
        out.push(source[mapped.place(from..from + line.len()).range()].to_string());
        from += line.len() + 1;
    }
    out
}

#[test]
fn a_header_document_and_the_configuration_are_two_documents() {
    let tree = read("spec:\n  inputs:\n    stage: {default: test}\n---\nbuild:\n  script: make\n");
    assert_eq!(tree.documents.len(), 2);
    assert_eq!(tree.text(tree.get(tree.get(tree.documents[1], "build").unwrap(), "script").unwrap()), Some("make"));
    assert!(tree.errors.is_empty());
}

#[test]
fn tags_anchors_and_merge_keys_are_followed() {
    let source = "\
.base: &base\n  image: a\n  tags: [x]\n.more: &more\n  image: b\n  when: always\n\
job:\n  <<: [*base, *more]\n  image: c\n  script:\n    - !reference [.setup, script]\n    - *base\n";
    let tree = read(source);
    let job = at(&tree, &["job"]);
    let keys: Vec<_> = tree.entries(job).iter().map(|&(key, _)| tree.text(key).unwrap().to_string()).collect();
    assert_eq!(keys, ["image", "script", "tags", "when"]);
    assert_eq!(tree.text(at(&tree, &["job", "image"])), Some("c"));
    let script = tree.items(at(&tree, &["job", "script"])).unwrap();
    assert_eq!(show(&tree, script[0]), "!reference [\".setup\", \"script\"]");
    assert!(tree.is_mapping(script[1]));
}

#[test]
fn the_last_of_two_equal_keys_wins_and_the_first_is_told() {
    let source = "a: 1\nb: 2\na: 3\n";
    let tree = read(source);
    assert_eq!(tree.text(at(&tree, &["a"])), Some("3"));
    assert_eq!(tree.overridden.iter().map(|&id| tree.node(id).span).collect::<Vec<_>>(), [Span::new(0, 1)]);
}

#[test]
fn every_line_of_a_block_leads_back_to_its_line() {
    let source =
        "s:\n  - |\n    one é\n      two\n\n    # three\n  - >-\n    four\n    five\n\n    six\n  - plain\n    more\n";
    let tree = read(source);
    let items = tree.items(at(&tree, &["s"])).unwrap();
    let text = |index: usize| &tree.scalar(items[index]).unwrap().text;
    assert_eq!(text(0).text(), "one é\n  two\n\n# three\n");
    let lines = source_lines(source, text(0));
    assert_eq!((lines[0].as_str(), lines[1].trim(), lines[3].as_str()), ("one é", "two", "# three"));
    assert_eq!(text(1).text(), "four five\nsix");
    assert_eq!(source[text(1).place(5..9).range()].to_string(), "five");
    assert_eq!(source[text(2).place(6..10).range()].to_string(), "more");
}

#[test]
fn quotes_and_escapes_lead_back_too() {
    let source = "a: \"x\\\"y\\u00e9\\n z\\\n    w\"\nb: 'it''s\n  so'\n";
    let tree = read(source);
    let a = &tree.scalar(at(&tree, &["a"])).unwrap().text;
    assert_eq!(a.text(), "x\"yé\n zw");
    assert_eq!(&source[a.place(1..2).range()], "\\\"");
    assert_eq!(&source[a.place(3..5).range()], "\\u00e9");
    assert_eq!(&source[a.place(8..9).range()], "w");
    let b = &tree.scalar(at(&tree, &["b"])).unwrap().text;
    assert_eq!(b.text(), "it's so");
    assert_eq!(&source[b.place(5..7).range()], "so");
}

#[test]
fn interpolation_stands_where_yaml_allows_no_brackets() {
    let source =
        "$[[ inputs.job | expand_vars ]]-x:\n  needs: [$[[ inputs.need ]], b]\n  script: 'a $[[ inputs.c ]] d'\n";
    let tree = read(source);
    assert!(tree.errors.is_empty(), "{:?}", tree.errors);
    let needs = tree.items(at(&tree, &["$[[ inputs.job | expand_vars ]]-x", "needs"])).unwrap();
    assert_eq!(tree.text(needs[0]), Some("$[[ inputs.need ]]"));
    assert_eq!(tree.text(at(&tree, &["$[[ inputs.job | expand_vars ]]-x", "script"])), Some("a $[[ inputs.c ]] d"));
}

#[test]
fn a_broken_file_gives_all_but_the_broken_part() {
    let source = "a:\n  script: [x, y\nb:\n  script: z\nc: @at\nd:\n  script: w\n";
    let tree = read(source);
    assert_eq!(tree.errors.len(), 2, "{:?}", tree.errors);
    assert_eq!(tree.documents.len(), 1);
    assert_eq!(tree.text(at(&tree, &["d", "script"])), Some("w"));
    let first = tree.errors[0].at.unwrap().start;
    assert!(source[..first].matches('\n').count() >= 1, "the error is said to be at its place: {first}");
    assert!(tree.errors[0].message.as_str().starts_with("A "), "{}", tree.errors[0].message);
}

#[test]
fn plain_scalars_mean_what_yaml_1_1_makes_of_them() {
    let source = "v: [yes, 'yes', 0123, 0x1F, 1_000, ~, 089, 2.50, -5, 0b11]\n";
    let tree = read(source);
    let values: Vec<_> = tree
        .items(at(&tree, &["v"]))
        .unwrap()
        .iter()
        .map(|&id| tree.scalar(id).unwrap().as_variable().into_owned())
        .collect();
    assert_eq!(values, ["true", "yes", "83", "31", "1000", "", "089", "2.50", "-5", "3"]);
}

#[test]
fn an_alias_bomb_stays_small() {
    let mut source = String::from("a0: &a0 {k: v}\n");
    for level in 1..40 {
        let before = level - 1;
        source.push_str(&format!("a{level}: &a{level}\n  <<: [*a{before}, *a{before}, *a{before}]\n  k{level}: v\n"));
    }
    let tree = read(&source);
    assert!(tree.entries(at(&tree, &["a39"])).len() <= 40);
    let itself = read("a: &a\n  <<: *a\n  b: *a\n");
    assert_eq!(itself.entries(at(&itself, &["a"])).len(), 1);
}

#[test]
fn deep_nesting_is_an_error_with_a_place_and_no_crash() {
    for source in ["[".repeat(5000), "- ".repeat(5000), "a: {".repeat(3000)] {
        assert!(!read(&source).errors.is_empty());
    }
}

#[test]
fn unknown_aliases_are_told() {
    let tree = read("a: *nowhere\nb: 1\n");
    assert_eq!(tree.unresolved, [Span::new(3, 11)]);
    assert_eq!(tree.text(at(&tree, &["b"])), Some("1"));
}

proptest! {
    #[test]
    fn any_text_is_read_with_places_inside_it(text in yamlish()) {
        let tree = read(&text);
        for index in 0..tree.len() {
            let node = tree.node(NodeId(index));
            prop_assert!(text.get(node.span.range()).is_some(), "{:?}", node.span);
            if let Value::Scalar(scalar) = &node.value {
                let value = scalar.text.text();
                for (at, character) in value.char_indices() {
                    let place = scalar.text.place(at..at + character.len_utf8());
                    prop_assert!(text.get(place.range()).is_some(), "{:?} of {:?}", place, node.span);
                }
            }
        }
        for error in &tree.errors {
            prop_assert!(text.get(error.at.unwrap().range()).is_some());
        }
    }
}

/// Text made of what YAML files are made of, and anything else.
fn yamlish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n"),
        Just("  "),
        Just("- "),
        Just(": "),
        Just("a"),
        Just("é"),
        Just("script:"),
        Just("|\n"),
        Just(">-\n"),
        Just("\""),
        Just("'"),
        Just("\\"),
        Just("&x "),
        Just("*x"),
        Just("<<: "),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(", "),
        Just("#"),
        Just("!reference "),
        Just("---\n"),
        Just("$[[ inputs.a ]]"),
        Just("\t"),
        Just("\r\n"),
        Just("~"),
        Just("? "),
        Just("\u{feff}"),
        Just("\u{2028}"),
    ];
    prop_oneof![proptest::collection::vec(piece, 0..60).prop_map(|parts| parts.concat()), any::<String>()]
}
