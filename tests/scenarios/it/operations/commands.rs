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

/// What stands before a command in a loop or a condition.
const KEYWORDS: [&str; 4] = ["do", "then", "until", "while"];

/// Flags of kubectl that no value follows.
const ALONE: [&str; 11] = [
    "--all-namespaces",
    "--follow",
    "--force",
    "--force-conflicts",
    "--list",
    "--local",
    "--overwrite",
    "--prefix",
    "--server-side",
    "--show-labels",
    "--show-managed-fields",
];

/// A command as its words.
pub(super) type Words = Vec<String>;

/// A block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) language: String,
    /// Without indentation; a line that goes on in the next is one.
    pub(super) lines: Vec<String>,
}

impl Block {
    fn new(language: &str, code: &str) -> Self {
        let joined = code.replace("\\\n", " ");
        Self {
            language: language.to_owned(),
            lines: joined.lines().map(|it| it.trim().to_owned()).collect(),
        }
    }

    /// The commands of a block of shell; what else there is has none.
    pub(super) fn commands(&self) -> Vec<Words> {
        if self.language != "sh" {
            return Vec::new();
        }
        self.lines.iter().flat_map(|it| line(it)).collect()
    }
}

/// A piece of a page.
enum Part {
    Text(String),
    Code(Block),
}

fn parts(page: &str) -> Vec<Part> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut open: Option<(&str, String)> = None;
    for row in page.lines() {
        match (open.take(), row.trim_start().strip_prefix("```")) {
            (None, Some(language)) => {
                found.push(Part::Text(std::mem::take(&mut text)));
                open = Some((language, String::new()));
            }
            (Some((language, code)), Some(_)) => {
                found.push(Part::Code(Block::new(language, &code)));
            }
            (Some((language, mut code)), None) => {
                code.push_str(row);
                code.push('\n');
                open = Some((language, code));
            }
            (None, None) => {
                text.push_str(row);
                text.push('\n');
            }
        }
    }
    found.push(Part::Text(text));
    found
}

/// The blocks of a page, in their order.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let code = |part: Part| match part {
        Part::Code(block) => Some(block),
        Part::Text(_) => None,
    };
    parts(page).into_iter().filter_map(code).collect()
}

/// The commands between backticks of text without blocks.
fn spans(text: &str) -> Vec<Words> {
    let mut found = Vec::new();
    for code in text.split('`').skip(1).step_by(2) {
        // A line of the text may end within a command.
        found.extend(line(&code.replace('\n', " ")));
    }
    found.retain(|words| words.len() > 1);
    found
}

/// The commands in the text of a page, outside of its blocks.
pub(super) fn in_the_text(page: &str) -> Vec<Words> {
    let text = |part: &Part| match part {
        Part::Text(text) => spans(text),
        Part::Code(_) => Vec::new(),
    };
    parts(page).iter().flat_map(text).collect()
}

/// Every command of a page, in its order.
pub(super) fn commands(page: &str) -> Vec<Words> {
    let of = |part: &Part| match part {
        Part::Text(text) => spans(text),
        Part::Code(block) => block.commands(),
    };
    parts(page).iter().flat_map(of).collect()
}

/// The commands of one line of shell: those between pipes, semicolons and ampersands that begin with a
/// program, also behind the words of a loop and within `name=$(…)`.
fn line(line: &str) -> Vec<Words> {
    let mut found = Vec::new();
    for mut words in split(line) {
        while words
            .first()
            .is_some_and(|it| KEYWORDS.contains(&it.as_str()))
        {
            words.remove(0);
        }
        let within = words.first().and_then(|it| it.split_once("=$("));
        if let Some(program) = within.map(|(_, program)| program.to_owned()) {
            if let Some(first) = words.first_mut() {
                *first = program;
            }
            if let Some(last) = words.last_mut().filter(|it| it.ends_with(')')) {
                last.pop();
            }
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

/// Splits a line as a shell does, at pipes, semicolons and ampersands into several commands. Comments,
/// redirections and what is behind them are left out.
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
            (None, '#') if !begun => break,
            (None, '\'' | '"') => (quote, begun) = (Some(symbol), true),
            (None, '|' | ';' | '&') => {
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
        let redirection = command.iter().position(|it| it == ">" || it == ">>");
        if let Some(redirection) = redirection {
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

/// Whether a word stands in a command.
pub(super) fn has(words: &[String], wanted: &str) -> bool {
    words.iter().any(|it| it == wanted)
}

/// What kubectl is told besides flags and their values: the verb, then its objects.
pub(super) fn plain(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut skip = false;
    for word in words.iter().skip(1) {
        let flag = word.starts_with("--");
        if !skip && !flag {
            found.push(word.as_str());
        }
        skip = flag && !word.contains('=') && !ALONE.contains(&word.as_str());
    }
    found
}

/// The words of a line, for defects that are planted.
pub(super) fn planted(line: &str) -> Words {
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn commands_are_found_in_blocks_and_in_the_text() {
    let page = "Type `kubectl get\npods`, not `kubectl` or `get pods`.\n```sh\nx=1\nfor a in b; do\n  \
                kubectl logs 'a b' \\\n    --tail 3 | kubectl create --filename - > file\ndone\n```\n\
                And `helm history x`.\n- a\n  ```sh\n  x=$(kubectl get 'a#b') # kubectl get c\n  \
                until kubectl logs d && aws e; do :; done\n  curl f &\n  ```\n```text\nkubectl g h\n```\n";
    let found = commands(page);
    let found: Vec<String> = found.iter().map(|it| it.join("·")).collect();
    let text = ["kubectl·get·pods", "helm·history·x"];
    assert_eq!(
        found,
        [
            text[0],
            "kubectl·logs·a b·--tail·3",
            "kubectl·create·--filename·-",
            text[1],
            "kubectl·get·a#b",
            "kubectl·logs·d",
            "aws·e",
            "curl·f",
        ]
    );
    let found = in_the_text(page);
    let found: Vec<String> = found.iter().map(|it| it.join("·")).collect();
    assert_eq!(found, text);
    let lines = blocks(page).into_iter().map(|it| it.lines.len());
    assert_eq!(lines.collect::<Vec<_>>(), [4, 3, 1]);
}

#[test]
fn a_flag_s_value_is_found_in_both_forms() {
    let words = planted("a --x=1 -n 2");
    assert_eq!(value(&words, &["--x"]), Some("1"));
    assert_eq!(value(&words, &["--namespace", "-n"]), Some("2"));
    assert_eq!(value(&words, &["--y"]), None);
    let words = planted("kubectl --context a logs --follow job/b --tail 3 --x=4");
    assert_eq!(plain(&words), ["logs", "job/b"]);
    assert!(has(&words, "--follow") && !has(&words, "--x"));
    let words = planted("kubectl label --overwrite namespace a b=c");
    assert_eq!(plain(&words), ["label", "namespace", "a", "b=c"]);
}
