//! Data on stdout: what a command was asked for, and nothing else.
//!
//! Colours in it reach terminals alone, and only those that want them (`NO_COLOR`, `TERM`).

use std::io::{self, BufWriter, Write};

use crate::exit::Exit;
use crate::fault::Fault;

/// stdout could not be written.
#[derive(Debug, thiserror::Error)]
#[error("writing to stdout")]
pub struct OutputError(#[from] io::Error);

impl Fault for OutputError {
    fn exit(&self) -> Exit {
        Exit::Transient
    }

    fn code(&self) -> &'static str {
        "stdout"
    }
}

/// Hands stdout to `write`. A reader that has seen enough and closed the pipe is no error.
///
/// # Errors
/// When stdout cannot be written for another reason.
pub fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(OutputError),
    }
}

/// Prints one JSON document.
///
/// # Errors
/// As [`print()`].
pub fn print_json(document: &impl serde::Serialize) -> Result<(), OutputError> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, document)?;
        writeln!(out)
    })
}

/// So many of a noun that has a regular plural: `1 object`, `2 objects`.
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_singular_and_all_else_is_plural() {
        let texts = [0, 1, 2].map(|number| counted(number, "object"));
        assert_eq!(texts, ["0 objects", "1 object", "2 objects"]);
    }
}
