//! A survey for people, programs and metrics.
//!
//! Texts of objects are escaped in every form, and cut: see `safe` and `values`.

pub mod conclusion;
mod document;
mod harmless;
mod html;
mod markdown;
pub mod metrics;
mod paint;
mod safe;
mod summary;
mod text;
mod values;
mod words;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use document::{SCHEMA, document, json};
pub use html::html;
pub use markdown::markdown;
pub use safe::line;
pub use summary::{Coverage, Judgement};
pub use text::{objects, text};

/// How much of a survey is shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    /// What needs nobody's attention too: objects that are equal, and differences that are declared.
    pub all: bool,
    /// With colours, in the text.
    pub colour: bool,
}
