//! What is wrong with a file, where, and what to write instead.

use std::fmt;
use std::sync::Arc;

use super::node::Position;
use crate::exit::Exit;
use crate::fault::Fault;

/// Characters of a source line that an excerpt shows at most: a JSON file may be a single line.
const EXCERPT_WIDTH: usize = 100;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and someone should look.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One mistake. Displays as `file:line:column: error: message`, the line with a caret, the hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the file can still be used.
    pub severity: Severity,
    /// The file's name as the caller gave it; filled in when the problem is recorded.
    pub file: Arc<str>,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What is wrong, one line.
    pub message: String,
    /// What to write instead, one line.
    pub hint: Option<String>,
    excerpt: String,
}

impl Problem {
    /// A problem that makes the file unusable.
    pub fn error(at: Position, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, at, message.into())
    }

    /// A problem that someone should look at.
    pub fn warning(at: Position, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, at, message.into())
    }

    fn new(severity: Severity, Position { line, column }: Position, message: String) -> Self {
        let (file, excerpt) = (Arc::from(""), String::new());
        Self {
            severity,
            file,
            line,
            column,
            message,
            hint: None,
            excerpt,
        }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Where it is.
    pub fn position(&self) -> Position {
        Position {
            line: self.line,
            column: self.column,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            file,
            line,
            column,
            message,
            hint,
            excerpt,
        } = self;
        write!(f, "{file}:{line}:{column}: {severity}: {message}{excerpt}")?;
        hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

/// All problems of one file. Displays them one after the other, with an empty line between.
#[derive(Debug, Clone)]
pub struct Problems {
    file: Arc<str>,
    text: Arc<str>,
    found: Vec<Problem>,
}

impl Problems {
    /// Nothing wrong yet with the file of this name and content.
    pub fn new(file: &str, text: &str) -> Self {
        Self {
            file: file.into(),
            text: text.into(),
            found: Vec::new(),
        }
    }

    /// Records a problem.
    ///
    /// Where an error is recorded already, nothing more is said about that place: it would follow
    /// from the first. Nothing is said twice, as an alias would otherwise make it.
    pub fn push(&mut self, problem: Problem) {
        let at = problem.position();
        let settles =
            |earlier: &Problem| earlier.position() == at && earlier.severity == Severity::Error;
        if !self.found.iter().any(settles) {
            self.push_beside(problem);
        }
    }

    /// As [`Problems::push`], of a problem that does not follow from another one at its place.
    pub(super) fn push_beside(&mut self, problem: Problem) {
        let at = problem.position();
        let repeats =
            |earlier: &Problem| earlier.position() == at && earlier.message == problem.message;
        if self.found.iter().any(repeats) {
            return;
        }
        let excerpt = excerpt(&self.text, at);
        self.found.push(Problem {
            file: Arc::clone(&self.file),
            excerpt,
            ..problem
        });
    }

    /// Whether an error was found in this line already.
    pub(super) fn has_error_in_line(&self, line: usize) -> bool {
        self.found
            .iter()
            .any(|known| known.line == line && known.severity == Severity::Error)
    }

    /// The problems in the order they were found; after [`Problems::finish`], in file order.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.found.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// How many of them are errors.
    pub fn errors(&self) -> usize {
        self.found
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Sorts the problems by place and tells whether the file can be used.
    ///
    /// # Errors
    /// When one of them is an error.
    pub fn finish(mut self) -> Result<Self, Invalid> {
        self.found.sort_by_key(Problem::position);
        let failed = self
            .found
            .iter()
            .any(|problem| problem.severity == Severity::Error);
        if failed { Err(Invalid(self)) } else { Ok(self) }
    }

    /// Ends with an error after which there is nothing left to read.
    pub(super) fn fail(mut self, problem: Problem) -> Invalid {
        self.push(problem);
        self.found.sort_by_key(Problem::position);
        Invalid(self)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.found.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// Problems that make a file unusable: at least one of them is an error.
#[derive(Debug, Clone)]
pub struct Invalid(Problems);

impl Invalid {
    /// Every problem of the file, warnings included, in file order.
    pub fn problems(&self) -> &Problems {
        &self.0
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.0.errors();
        let noun = if errors == 1 { "error" } else { "errors" };
        write!(f, "{errors} {noun} in {}\n\n{}", self.0.file, self.0)
    }
}

impl std::error::Error for Invalid {}

impl Fault for Invalid {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "config-invalid"
    }

    /// Each problem has its own.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// A sign for a control character, which a terminal would obey, not show. A tab stays a tab.
fn visible(character: char) -> char {
    match character {
        '\t' => '\t',
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        other if other.is_control() => '\u{fffd}',
        other => other,
    }
}

/// The line with a star for each character of a URL's user name and password: an excerpt reaches logs.
fn without_logins(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    // Also behind a scheme that is written wrongly.
    while let Some((before, after)) = rest.split_once("//") {
        shown.push_str(before);
        shown.push_str("//");
        let ends = |c: char| c == '/' || c == '"' || c == '\'' || c.is_whitespace();
        let authority = after.split(ends).next().unwrap_or(after);
        let login = authority.rsplit_once('@').map_or("", |(login, _)| login);
        shown.extend(login.chars().map(|_| '*'));
        rest = after.get(login.len()..).unwrap_or_default();
    }
    shown.push_str(rest);
    shown
}

/// The source line with its number and a caret below the column; empty when there is no such line.
fn excerpt(text: &str, Position { line, column }: Position) -> String {
    let Some(source) = text.lines().nth(line.saturating_sub(1)) else {
        return String::new();
    };
    let source = &without_logins(source);
    let before = column.saturating_sub(1);
    let skipped = if before < EXCERPT_WIDTH {
        0
    } else {
        before - EXCERPT_WIDTH / 2
    };
    let characters = source.chars().skip(skipped).take(EXCERPT_WIDTH);
    let shown: String = characters.map(visible).collect();
    let (head, tail) = (
        if skipped > 0 { "…" } else { "" },
        if source.chars().nth(skipped + EXCERPT_WIDTH).is_some() {
            "…"
        } else {
            ""
        },
    );
    // Tabs stay tabs, so that the caret stands under its column whatever their width.
    let blank = |c: char| if c == '\t' { '\t' } else { ' ' };
    let indent: String = head.chars().chain(shown.chars()).map(blank).collect();
    let indent: String = indent
        .chars()
        .chain(std::iter::repeat(' '))
        .take(before - skipped + head.chars().count())
        .collect();
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    format!("\n  {number} | {head}{shown}{tail}\n  {gutter} | {indent}^")
}
