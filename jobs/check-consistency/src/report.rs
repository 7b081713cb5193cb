//! A survey for people, programs and metrics.
//!
//! Texts of objects are escaped in every form, and cut: see `safe` and `values`.

mod paint;
mod safe;
mod summary;
mod text;
mod values;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use summary::{Coverage, Judgement};
pub use text::text;

/// How much of a survey is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// What needs nobody's attention too: objects that are equal, and differences that are declared.
    pub all: bool,
    /// With colours, in the text.
    pub colour: bool,
}
