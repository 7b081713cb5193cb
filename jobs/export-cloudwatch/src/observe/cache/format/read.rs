//! Text to memory. A file is taken whole or not at all.

use std::collections::BTreeSet;
use std::str::Split;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::{Memory, Remembered};
use super::{FormatError, MAGIC, checksum, unescape};
use crate::metric::Dimension;
use crate::observe::listed::{Listed, Shape};
use crate::observe::listing::{Activity, Filter, Pages, Request};

/// Reads a file that [`write`](super::write()) has written for the scope with this checksum.
pub(in super::super) fn read(bytes: &[u8], scope: &str) -> Result<Memory, FormatError> {
    let text = std::str::from_utf8(bytes).map_err(|_| FormatError::Foreign)?;
    if text.lines().next() != Some(MAGIC) {
        return Err(FormatError::Foreign);
    }
    let (body, end) = text.rsplit_once("end\t").ok_or(FormatError::Damaged)?;
    if end.strip_suffix('\n') != Some(checksum(body.as_bytes()).as_str()) {
        return Err(FormatError::Damaged);
    }
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(body.lines()).skip(1) {
        let mut fields = Fields(line.split('\t'));
        match reader.line(&mut fields, number == 2) {
            Some(Line::Fine) if fields.0.next().is_none() => {}
            Some(Line::Scope(found)) if found == scope => {}
            Some(Line::Scope(_)) => return Err(FormatError::OtherScope),
            Some(Line::Fine) | None => return Err(FormatError::Line(number)),
        }
    }
    Ok(reader.memory())
}

enum Line {
    Fine,
    Scope(String),
}

#[derive(Default)]
struct Reader {
    strings: Vec<Arc<str>>,
    lists: Vec<Arc<[Dimension]>>,
    memory: Memory,
    /// The listing whose shapes are being read, and when it expires.
    open: Option<(Listed, Timestamp)>,
}

impl Reader {
    /// Reads one line; `None`: it makes no sense.
    fn line(&mut self, fields: &mut Fields<'_>, is_second: bool) -> Option<Line> {
        let tag = fields.next()?;
        if is_second != (tag == "scope") {
            return None;
        }
        match tag {
            "scope" => return Some(Line::Scope(fields.next()?.to_owned())),
            "s" => self.strings.push(unescape(fields.next()?)?.into()),
            "d" => {
                let list = self.dimensions(fields)?;
                self.lists.push(list);
            }
            "pages" => {
                let request = self.request(fields)?;
                let pages = match fields.number()? {
                    0 => Pages::MoreThanOne,
                    count => Pages::Exactly(count),
                };
                self.memory
                    .pages
                    .insert(request, (pages, fields.timestamp()?));
            }
            "list" => {
                let request = self.request(fields)?;
                let (pages, fetched_at) = (fields.number()?, fields.timestamp()?);
                let listed = Listed {
                    request,
                    fetched_at,
                    pages,
                    shapes: Vec::new(),
                };
                let expires_at = fields.timestamp()?;
                self.close();
                self.open = Some((listed, expires_at));
            }
            "shape" => {
                let shape = self.shape(fields)?;
                self.open.as_mut()?.0.shapes.push(shape);
            }
            "m" => {
                let metrics = self.metrics(fields)?;
                self.open.as_mut()?.0.shapes.last_mut()?.metrics = metrics;
            }
            _ => return None,
        }
        Some(Line::Fine)
    }

    fn close(&mut self) {
        if let Some((listed, expires_at)) = self.open.take() {
            let remembered = Remembered {
                listed: Arc::new(listed),
                expires_at,
            };
            self.memory
                .listings
                .insert(remembered.listed.request.clone(), remembered);
        }
    }

    fn memory(mut self) -> Memory {
        self.close();
        self.memory
    }

    fn dimensions(&self, fields: &mut Fields<'_>) -> Option<Arc<[Dimension]>> {
        let mut list = Vec::new();
        while let Some(name) = fields.next() {
            list.push(Dimension {
                name: self.string(name)?,
                value: self.string(fields.next()?)?,
            });
        }
        Some(list.into())
    }

    fn request(&self, fields: &mut Fields<'_>) -> Option<Request> {
        let namespace = self.string(fields.next()?)?;
        let metric_name = self.optional(fields.next()?)?;
        let activity = match fields.next()? {
            "recent" => Activity::Recent,
            "any" => Activity::Any,
            _ => return None,
        };
        let mut filters = Vec::new();
        for _ in 0..fields.number::<u32>()? {
            let name = self.string(fields.next()?)?;
            filters.push(Filter {
                name,
                value: self.optional(fields.next()?)?,
            });
        }
        Some(Request {
            namespace,
            metric_name,
            filters,
            activity,
        })
    }

    fn shape(&self, fields: &mut Fields<'_>) -> Option<Shape> {
        let metric_name = self.string(fields.next()?)?;
        let listed = fields.number()?;
        let mut dimensions = BTreeSet::new();
        while let Some(name) = fields.next() {
            dimensions.insert(self.string(name)?);
        }
        Some(Shape {
            metric_name,
            dimensions,
            listed,
            metrics: Vec::new(),
        })
    }

    fn metrics(&self, fields: &mut Fields<'_>) -> Option<Vec<Arc<[Dimension]>>> {
        let mut metrics = Vec::new();
        while let Some(number) = fields.next() {
            metrics.push(Arc::clone(self.lists.get(number.parse::<usize>().ok()?)?));
        }
        Some(metrics)
    }

    fn string(&self, number: &str) -> Option<Arc<str>> {
        self.strings
            .get(number.parse::<usize>().ok()?)
            .map(Arc::clone)
    }

    /// The outer `None`: makes no sense. The inner: not given.
    #[expect(
        clippy::option_option,
        reason = "one says broken, the other says absent"
    )]
    fn optional(&self, number: &str) -> Option<Option<Arc<str>>> {
        if number == "-" {
            Some(None)
        } else {
            self.string(number).map(Some)
        }
    }
}

struct Fields<'t>(Split<'t, char>);

impl<'t> Fields<'t> {
    fn next(&mut self) -> Option<&'t str> {
        self.0.next()
    }

    fn number<N: std::str::FromStr>(&mut self) -> Option<N> {
        self.next()?.parse().ok()
    }

    fn timestamp(&mut self) -> Option<Timestamp> {
        Timestamp::from_second(self.number()?).ok()
    }
}
