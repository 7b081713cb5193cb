//! The commands of a page: in blocks of shell and between backticks in its text.

/// What a command begins with.
pub(super) const PROGRAMS: [&str; 10] = [
    "kubectl",
    "helm",
    "amtool",
    "aws",
    "curl",
    "install-monitoring",
    "export-cloudwatch",
    "rotate-credentials",
    "sync-dashboards",
    "check-consistency",
];

/// A command as its words.
pub(super) type Words = Vec<String>;

/// The commands between backticks.
pub(super) fn spans(text: &str) -> Vec<Words> {
    let mut found = Vec::new();
    for code in text.split('`').skip(1).step_by(2) {
        // A line of the text may end within a command.
        found.extend(line(&code.replace('\n', " ")));
    }
    found.retain(|words| words.len() > 1);
    found
}

/// Every command of a page, in its order.
pub(super) fn commands(page: &str) -> Vec<Words> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut block: Option<String> = None;
    for row in page.lines() {
        match (&mut block, row.trim_start().strip_prefix("```")) {
            (None, Some(language)) => {
                found.extend(spans(&std::mem::take(&mut text)));
                block = Some(String::new());
                assert!(language == "sh" || language == "text", "```{language}");
            }
            (Some(code), Some(_)) => {
                let joined = code.replace("\\\n", " ");
                found.extend(joined.lines().flat_map(line));
                block = None;
            }
            (Some(code), None) => {
                code.push_str(row);
                code.push('\n');
            }
            (None, None) => {
                text.push_str(row);
                text.push('\n');
            }
        }
    }
    found.extend(spans(&text));
    found
}

/// The commands of one line of shell: those between pipes and semicolons that begin with a program, also
/// behind the words of a loop.
fn line(line: &str) -> Vec<Words> {
    let mut found = Vec::new();
    for mut words in split(line) {
        while words
            .first()
            .is_some_and(|it| ["do", "then"].contains(&it.as_str()))
        {
            words.remove(0);
        }
        if words
            .first()
            .is_some_and(|it| PROGRAMS.contains(&it.as_str()))
        {
            found.push(words);
        }
    }
    found
}

/// Splits a line as a shell does, at pipes and semicolons into several commands. Redirections and what is
/// behind them are left out.
fn split(line: &str) -> Vec<Words> {
    let mut commands = vec![Vec::new()];
    let (mut word, mut begun, mut quote) = (String::new(), false, None);
    let end = |word: &mut String, begun: &mut bool, commands: &mut Vec<Words>| {
        if std::mem::take(begun)
            && let Some(command) = commands.last_mut()
        {
            command.push(std::mem::take(word));
        }
    };
    for symbol in line.chars() {
        match (quote, symbol) {
            (Some(open), it) if it == open => quote = None,
            (None, '\'' | '"') => (quote, begun) = (Some(symbol), true),
            (None, '|' | ';') => {
                end(&mut word, &mut begun, &mut commands);
                commands.push(Vec::new());
            }
            (None, it) if it.is_whitespace() => end(&mut word, &mut begun, &mut commands),
            (None | Some(_), it) => {
                word.push(it);
                begun = true;
            }
        }
    }
    end(&mut word, &mut begun, &mut commands);
    for command in &mut commands {
        if let Some(redirection) = command.iter().position(|it| it == ">") {
            command.truncate(redirection);
        }
    }
    commands
}

/// What follows a flag, as its own word or behind an equals sign.
pub(super) fn value<'w>(words: &'w [String], flags: &[&str]) -> Option<&'w str> {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if flags.contains(&word.as_str()) {
            return rest.next().map(String::as_str);
        }
        if let Some((flag, value)) = word.split_once('=')
            && flags.contains(&flag)
        {
            return Some(value);
        }
    }
    None
}

#[test]
fn commands_are_found_in_blocks_and_in_the_text() {
    let page = "Type `kubectl get\npods`, not `kubectl` or `get pods`.\n```sh\nx=1\nfor a in b; do\n  \
                kubectl logs 'a b' \\\n    --tail 3 | kubectl create --filename - > file\ndone\n```\n\
                And `helm history x`.\n";
    let found = commands(page);
    let found: Vec<String> = found.iter().map(|it| it.join("·")).collect();
    assert_eq!(
        found,
        [
            "kubectl·get·pods",
            "kubectl·logs·a b·--tail·3",
            "kubectl·create·--filename·-",
            "helm·history·x",
        ]
    );
}

#[test]
fn a_flag_s_value_is_found_in_both_forms() {
    let words: Words = ["a", "--x=1", "-n", "2"].map(str::to_owned).to_vec();
    assert_eq!(value(&words, &["--x"]), Some("1"));
    assert_eq!(value(&words, &["--namespace", "-n"]), Some("2"));
    assert_eq!(value(&words, &["--y"]), None);
}
