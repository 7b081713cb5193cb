//! Pages of a list: `MaxItems` and `Marker` in, `IsTruncated` and `Marker` out.

use crate::aws::error::ServiceError;
use crate::aws::node::Node;
use crate::aws::operations::saturate;
use crate::aws::shape::Writer;
use crate::aws::token;

const DEFAULT_ITEMS: usize = 100;
const MAX_ITEMS: usize = 1_000;

/// Which page is asked for.
#[derive(Debug)]
pub(super) struct Page<'a> {
    items: usize,
    marker: Option<&'a str>,
}

/// The items of a page and where the next one begins.
#[derive(Debug)]
pub(super) struct Paged<T> {
    pub(super) items: Vec<T>,
    marker: Option<String>,
}

impl<'a> Page<'a> {
    pub(super) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let items = match node.integer("MaxItems")? {
            None => DEFAULT_ITEMS,
            Some(wanted) => usize::try_from(wanted)
                .ok()
                .filter(|wanted| (1..=MAX_ITEMS).contains(wanted))
                .ok_or_else(|| {
                    ServiceError::validation(format!(
                        "1 validation error detected: Value '{wanted}' at 'maxItems' failed to \
                         satisfy constraint: Member must have value between 1 and {MAX_ITEMS}"
                    ))
                })?,
        };
        Ok(Self {
            items,
            marker: node.text("Marker")?,
        })
    }

    /// This page of `all`; `list` says which list it is.
    pub(super) fn cut<T>(&self, list: &str, all: Vec<T>) -> Result<Paged<T>, ServiceError> {
        let fingerprint = token::fingerprint(&list);
        let position = match self.marker {
            None => 0,
            Some(marker) => token::open(marker, fingerprint)
                .and_then(|position| usize::try_from(position).ok())
                .ok_or_else(|| ServiceError::validation("Invalid Marker."))?,
        };
        let end = position.saturating_add(self.items);
        let marker = (end < all.len()).then(|| token::seal(fingerprint, saturate(end)));
        Ok(Paged {
            items: all.into_iter().skip(position).take(self.items).collect(),
            marker,
        })
    }
}

impl<T> Paged<T> {
    /// Writes what follows the list.
    pub(super) fn end<W: Writer>(&self, w: &mut W) {
        w.member("IsTruncated", |w| w.boolean(self.marker.is_some()));
        w.optional_text("Marker", self.marker.as_deref());
    }
}
