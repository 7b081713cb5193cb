//! Why something could not be seen or done, in the form in which it reaches an operator.

use std::fmt;

use crate::exit::Exit;
use crate::fault::{Fault, chain};
use serde::Serialize;

/// A failure with all that its reader needs. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The status that it leads to.
    pub exit: Exit,
    /// The stable word for it; those of a job stand in its table, see [`crate::verdicts!`].
    pub code: &'static str,
    /// What happened.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Trouble {
    /// What a fault of any kind amounts to.
    pub fn of(fault: &dyn Fault) -> Self {
        Self {
            exit: fault.exit(),
            code: fault.code(),
            text: chain(fault),
            hint: fault.hint(),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Trouble {}

impl Fault for Trouble {
    fn exit(&self) -> Exit {
        self.exit
    }

    fn code(&self) -> &'static str {
        self.code
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

impl Serialize for Trouble {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut out = serializer.serialize_struct("Trouble", 4)?;
        out.serialize_field("class", self.exit.class())?;
        out.serialize_field("code", self.code)?;
        out.serialize_field("text", &self.text)?;
        out.serialize_field("hint", &self.hint)?;
        out.end()
    }
}
