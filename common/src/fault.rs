//! What an operator needs to know about a failure, besides its text.

use std::error::Error;
use std::fmt::Write as _;

use crate::exit::Exit;
use crate::verdict::shared;

/// A failure that knows its exit status, its stable code and what to do about it.
pub trait Fault: Error + Send + Sync + 'static {
    /// The status that the process ends with when this failure decides the run.
    fn exit(&self) -> Exit;

    /// A stable kebab-case word: log field and metric label.
    fn code(&self) -> &'static str;

    /// One imperative sentence: what to do now. By default what the table of [`shared`] codes says.
    fn hint(&self) -> Option<String> {
        shared::find(self.code()).map(|shared| shared.remedy.to_owned())
    }
}

/// A fault of any kind, as `?` carries it to the end of a run.
#[derive(Debug)]
pub struct Failure(Box<dyn Fault>);

impl<F: Fault> From<F> for Failure {
    fn from(fault: F) -> Self {
        Self(Box::new(fault))
    }
}

impl Failure {
    /// The fault itself.
    pub fn fault(&self) -> &dyn Fault {
        self.0.as_ref()
    }

    /// The whole error chain in one line.
    pub fn chain(&self) -> String {
        chain(&*self.0)
    }
}

/// Joins an error and all its sources with `: `.
///
/// A source whose text the error before it already ends with is left out: some libraries print
/// their source themselves.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        if !text.ends_with(&next) {
            // Writing to a `String` cannot fail.
            write!(text, ": {next}").unwrap_or_default();
        }
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Fault, chain};
    use crate::exit::Exit;

    #[derive(Debug, thiserror::Error)]
    #[error("reading the inventory")]
    struct Outer(#[source] Middle);

    #[derive(Debug, thiserror::Error)]
    #[error("asking the server: connection refused")]
    struct Middle(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("connection refused")]
    struct Inner;

    impl Fault for Inner {
        fn exit(&self) -> Exit {
            Exit::Transient
        }

        fn code(&self) -> &'static str {
            "stdout"
        }
    }

    #[test]
    fn a_fault_without_advice_of_its_own_has_that_of_its_code() {
        let hint = Inner.hint().unwrap();
        assert_eq!(hint, "look at what reads it, and at the disk");
    }

    #[test]
    fn a_chain_names_every_cause_once() {
        assert_eq!(
            chain(&Outer(Middle(Inner))),
            "reading the inventory: asking the server: connection refused"
        );
    }
}
