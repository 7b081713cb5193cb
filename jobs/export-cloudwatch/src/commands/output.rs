//! Data on stdout.

use std::io::{self, BufWriter, Write};

use common::exit::Exit;
use common::fault::Fault;

/// stdout could not be written.
#[derive(Debug, thiserror::Error)]
#[error("writing to stdout")]
pub(super) struct OutputError(#[source] io::Error);

impl Fault for OutputError {
    fn exit(&self) -> Exit {
        Exit::Transient
    }

    fn code(&self) -> &'static str {
        "stdout"
    }
}

/// Hands stdout to `write`. A reader that has seen enough and closed the pipe is no error.
pub(super) fn print(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), OutputError> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(OutputError),
    }
}

/// Prints one JSON document.
pub(super) fn print_json(document: &impl serde::Serialize) -> Result<(), OutputError> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, document)?;
        writeln!(out)
    })
}

/// An integer with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        let shown = [0, 999, 1000, 14_400, 2_880_000].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "14,400", "2,880,000"]);
    }
}
