//! Memory to text.

#![expect(
    clippy::disallowed_types,
    reason = "numbers are looked up, and lines come in their order"
)]

use std::collections::HashMap;
use std::fmt::Display;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Memory, Remembered};
use super::{MAGIC, checksum, escape};
use crate::metric::Dimension;
use crate::observe::listing::{Activity, Pages, Request};

/// The whole file; `scope` is a checksum.
pub(in super::super) fn write(memory: &Memory, scope: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    for (request, (pages, at)) in &memory.pages {
        writer.pages(request, *pages, *at);
    }
    for remembered in memory.listings.values() {
        writer.listing(remembered);
    }
    let Writer {
        strings,
        lists,
        body,
        ..
    } = writer;
    let mut text = format!("{MAGIC}\nscope\t{scope}\n{strings}{lists}{body}");
    let checksum = checksum(text.as_bytes());
    line(&mut text, "end", &[checksum]);
    text.into_bytes()
}

#[derive(Default)]
struct Writer {
    strings: String,
    string_numbers: HashMap<Arc<str>, usize>,
    lists: String,
    list_numbers: HashMap<Arc<[Dimension]>, usize>,
    body: String,
}

impl Writer {
    fn pages(&mut self, request: &Request, pages: Pages, at: Timestamp) {
        let count = match pages {
            Pages::Exactly(count) => count,
            Pages::MoreThanOne => 0,
        };
        let mut fields = self.request(request);
        fields.extend([count.to_string(), at.as_second().to_string()]);
        line(&mut self.body, "pages", &fields);
    }

    fn listing(&mut self, remembered: &Remembered) {
        let listed = &remembered.listed;
        let mut fields = self.request(&listed.request);
        fields.push(listed.pages.to_string());
        fields.push(listed.fetched_at.as_second().to_string());
        fields.push(remembered.expires_at.as_second().to_string());
        line(&mut self.body, "list", &fields);
        for shape in &listed.shapes {
            let mut fields = vec![self.string(&shape.metric_name), shape.listed.to_string()];
            fields.extend(shape.dimensions.iter().map(|name| self.string(name)));
            line(&mut self.body, "shape", &fields);
            let lists: Vec<_> = shape.metrics.iter().map(|list| self.list(list)).collect();
            line(&mut self.body, "m", &lists);
        }
    }

    fn request(&mut self, request: &Request) -> Vec<String> {
        let mut fields = vec![
            self.string(&request.namespace),
            self.optional(request.metric_name.as_ref()),
        ];
        fields.push(
            match request.activity {
                Activity::Recent => "recent",
                Activity::Any => "any",
            }
            .to_owned(),
        );
        fields.push(request.filters.len().to_string());
        for filter in &request.filters {
            fields.extend([
                self.string(&filter.name),
                self.optional(filter.value.as_ref()),
            ]);
        }
        fields
    }

    fn string(&mut self, text: &Arc<str>) -> String {
        let next = self.string_numbers.len();
        let number = *self.string_numbers.entry(Arc::clone(text)).or_insert(next);
        if number == next {
            line(&mut self.strings, "s", &[escape(text)]);
        }
        number.to_string()
    }

    fn optional(&mut self, text: Option<&Arc<str>>) -> String {
        text.map_or_else(|| "-".to_owned(), |text| self.string(text))
    }

    fn list(&mut self, dimensions: &Arc<[Dimension]>) -> usize {
        if let Some(&number) = self.list_numbers.get(dimensions) {
            return number;
        }
        let number = self.list_numbers.len();
        self.list_numbers.insert(Arc::clone(dimensions), number);
        let mut fields = Vec::with_capacity(dimensions.len() * 2);
        for dimension in dimensions.iter() {
            fields.extend([self.string(&dimension.name), self.string(&dimension.value)]);
        }
        line(&mut self.lists, "d", &fields);
        number
    }
}

fn line(out: &mut String, tag: &str, fields: &[impl Display]) {
    out.push_str(tag);
    for field in fields {
        // Writing to a `String` cannot fail.
        write!(out, "\t{field}").unwrap_or_default();
    }
    out.push('\n');
}
