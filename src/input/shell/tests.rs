// Cutting a text in the wrong place is what these tests are to notice.
#![allow(clippy::string_slice)]

use proptest::prelude::*;

use super::*;

/// A word as a line: `a$B` and `$(0,1)` for commands.
fn show(word: &Word) -> String {
    let part = |part: &Part| match &part.kind {
        PartKind::Text(text) => text.clone(),
        PartKind::Input => "<input>".into(),
        PartKind::Commands(list) => format!("{list:?}"),
        PartKind::Variable(variable) => {
            let default: String = variable.default.iter().map(|part| format!("{:?}", part.kind)).collect();
            let mark = match variable.use_of {
                UseOf::Value => "",
                UseOf::Changed => "~",
                UseOf::Nothing => "#",
            };
            format!("<{mark}{}{default}>", variable.name)
        }
    };
    word.parts.iter().map(part).collect()
}

fn words(text: &str) -> Vec<Vec<String>> {
    parse(text).commands.iter().map(|command| command.words.iter().map(show).collect()).collect()
}

#[test]
fn quotes_are_undone_and_variables_seen() {
    assert_eq!(
        words(r#"curl -H "JOB-TOKEN: $CI_JOB_TOKEN" '$NOT' a\ b"c"'d' ${A:-$B} ${#C} ${D%%x} "${E:+set}""#),
        [["curl", "-H", "JOB-TOKEN: <CI_JOB_TOKEN>", "$NOT", "a bcd", "<AVariable>", "<#C>", "<~D>", "<#EText>"]]
    );
}

#[test]
fn scripts_in_words_are_read_too() {
    let text =
        r#"ssh -o A=b u@$HOST "docker login -p $T && cat \"$X\""; sudo bash -ec 'echo $T' | cat; su - u -c "a $B""#;
    assert_eq!(
        words(text),
        [
            &["ssh", "-o", "A=b", "u@<HOST>", "<input>"][..],
            &["docker", "login", "-p", "<T>"],
            &["cat", "\"<X>\""],
            &["sudo", "bash", "-ec", "<input>"],
            &["echo", "<T>"],
            &["cat"],
            &["su", "-", "u", "-c", "<input>"],
            &["a", "<B>"],
        ]
    );
    let commands = parse(text).commands;
    assert!(!commands[1].captured && commands[4].captured, "what goes into a pipe is not printed");
    assert_eq!(words("su - u -c \"git url.'https://u:$T@h/'.x y\"")[1], ["git", "url.https://u:<T>@h/.x", "y"]);
    // Another machine's or container's variables are not the job's.
    assert_eq!(words("ssh h 'echo $T'").len(), 1);
    assert_eq!(words("docker run x sh -c 'echo $T'").len(), 1);
    assert_eq!(words("docker exec x sh -c \"echo $T\"").len(), 2);
    assert_eq!(words("ssh h \"bash -s\" <<EOF\nlogin $T\nEOF\nls")[2], ["login", "<T>"]);
    let elsewhere = |text| parse(text).commands[1].elsewhere;
    assert!(elsewhere("ssh h \"env\nls\"") && elsewhere("docker exec x sh -c \"env\""));
    assert!(!elsewhere("sudo bash -c \"env\""));
    assert_eq!(words("bash <<'EOF'\nlogin $T\nEOF\nls")[1], ["login", "<T>"]);
    assert_eq!(words("eval \"$(ssh-agent -s)\"").len(), 2);
    assert_eq!(words("echo \"a b\" -c \"echo $T\"").len(), 1);
}

#[test]
fn commands_are_told_apart() {
    let script =
        "if [ -n \"$A\" ]; then echo a && make; else { b | c; }; fi # no\n(d; e) &\nwhile read x; do f; done\n";
    let programs: Vec<_> = parse(script).commands.iter().filter_map(|command| Some(command.program()?.0)).collect();
    assert_eq!(programs, ["[", "echo", "make", "b", "c", "d", "e", "read", "f"]);
}

#[test]
fn pipes_lead_to_their_reader() {
    let script = parse("echo \"$T\" | docker login -u x --password-stdin reg || true");
    assert_eq!(script.commands[0].pipes_into, Some(1));
    assert_eq!(script.commands[1].reads_from, Some(0));
    assert_eq!(script.commands[2].reads_from, None);
}

#[test]
fn programs_behind_sudo_env_and_timeout_are_found() {
    for (text, want) in [
        ("sudo -u root -E /usr/bin/curl x", "curl"),
        ("A=b env C=d timeout 10s curl x", "curl"),
        ("env", "env"),
        ("env | sort", "env"),
        ("exec bash", "bash"),
    ] {
        assert_eq!(parse(text).commands[0].program().unwrap().0, want, "{text}");
    }
}

#[test]
fn assignments_of_all_kinds_are_known() {
    let script =
        parse("A=1 B=\"$X\" cmd\nexport C=2 D\ndeclare -r E=\"a b\"\n$env:F = \"v\"\n$env:G=\"w\"\n$H = 'u'\n");
    let all: Vec<_> = script
        .commands
        .iter()
        .flat_map(Command::assigned)
        .map(|(name, value, _)| format!("{name}={}", show(&value)))
        .collect();
    assert_eq!(all, ["A=1", "B=<X>", "C=2", "E=a b", "F=v", "G=w", "H=u"]);
}

#[test]
fn here_documents_are_read_to_their_end() {
    let text = "cat > a <<EOF && cat <<-'X'\nT=$TOKEN `id`\nEOF\n\tlit $T\n\tX\necho done\n";
    let script = parse(text);
    let here: Vec<_> = script
        .commands
        .iter()
        .flat_map(|command| &command.redirects)
        .filter(|redirect| redirect.kind == RedirectKind::Here)
        .map(|redirect| show(&redirect.target))
        .collect();
    assert_eq!(here, ["T=<TOKEN> [2]\n", "\tlit $T\n"]);
    assert_eq!(script.commands.last().unwrap().words.len(), 2);
}

#[test]
fn substitutions_hold_commands() {
    let script = parse("A=$(echo \"$(date)\" | base64) B=`id -u` diff <(sort a) b");
    let programs: Vec<_> = script.commands.iter().filter_map(|command| Some(command.program()?.0)).collect();
    assert_eq!(programs, ["date", "echo", "base64", "id", "sort", "diff"]);
    assert!(script.commands[0].captured && !script.commands[5].captured);
    assert_eq!(script.commands[5].assignments[0].value.substitutions().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn windows_shells_are_understood() {
    assert_eq!(
        words("Write-Host \"$env:TOKEN $($env:B)\" ${env:C}\necho %CI_JOB_TOKEN% %Y%m%d\ndate +%Y%m%d"),
        [
            vec!["<B>".to_string()],
            vec!["Write-Host".into(), "<TOKEN> [0]".into(), "<C>".into()],
            vec!["echo".into(), "<CI_JOB_TOKEN>".into(), "%Y%m%d".into()],
            vec!["date".into(), "+%Y%m%d".into()],
        ]
    );
}

#[test]
fn interpolation_is_one_word() {
    assert_eq!(words("make $[[ inputs.a | expand_vars ]]x $((1 + 2))"), [["make", "<input>x", "<input>"]]);
}

#[test]
fn long_lines_are_read_in_linear_time() {
    for piece in ["$[[", "${", "$(", "`", "\"", "%A", "<<X\n", "'", "(", "1>", "a\\"] {
        let text = piece.repeat(200_000 / piece.len());
        let _ = parse(&text);
    }
}

fn check(parts: &[Part], within: &Range<usize>, text: &str) -> Result<(), TestCaseError> {
    for part in parts {
        prop_assert!(text.get(part.range.clone()).is_some(), "{:?}", part.range);
        prop_assert!(part.range.start >= within.start && part.range.end <= within.end, "{part:?} in {within:?}");
        match &part.kind {
            PartKind::Variable(variable) => {
                prop_assert!(text[part.range.clone()].contains(&*variable.name));
                check(&variable.default, &part.range, text)?;
            }
            PartKind::Text(inside) if !text[part.range.clone()].contains(['\\', '"', '\'']) => {
                prop_assert_eq!(&text[part.range.clone()], inside);
            }
            _ => {}
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn words_lead_back_to_the_script(text in scriptish()) {
        let script = parse(&text);
        for command in &script.commands {
            prop_assert!(text.get(command.range.clone()).is_some());
            let _ = (command.program(), command.assigned());
            for word in command.all_words() {
                prop_assert!(text.get(word.range.clone()).is_some());
                check(&word.parts, &word.range, &text)?;
            }
        }
    }

    #[test]
    fn plain_words_come_back_as_they_are(list in proptest::collection::vec("[a-z0-9./:@é-]{1,8}", 1..8)) {
        let list: Vec<_> = list.into_iter().map(|word| format!("w{word}")).collect();
        let text = list.join("  ");
        let script = parse(&text);
        let back: Vec<_> = script.commands[0].words.iter().map(|word| text[word.range.clone()].to_string()).collect();
        prop_assert_eq!(back, list);
    }
}

fn scriptish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("echo "),
        Just("$A"),
        Just("${A}"),
        Just("${A:-"),
        Just("}"),
        Just("\""),
        Just("'"),
        Just("$("),
        Just(")"),
        Just("`"),
        Just("\\"),
        Just("\n"),
        Just("|"),
        Just("&&"),
        Just(";"),
        Just("<<E\n"),
        Just("E\n"),
        Just(">"),
        Just("2>&1"),
        Just("A=b "),
        Just("#"),
        Just("é"),
        Just("$[[ a ]]"),
        Just("$(("),
        Just("%ABC%"),
        Just("<("),
        Just("if "),
        Just("bash -c "),
        Just("ssh h \""),
        Just("then "),
        Just("$env:X"),
        Just("\r\n"),
        Just(" "),
        Just("("),
    ];
    prop_oneof![proptest::collection::vec(piece, 0..50).prop_map(|parts| parts.concat()), any::<String>()]
}
