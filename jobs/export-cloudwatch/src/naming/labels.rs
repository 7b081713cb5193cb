//! Labels of a metric's series and of `aws_resource_info`.

use std::sync::Arc;

use common::exposition::{Label, Labels};

use super::repair::{self, Slot};
use super::{label, tag_label};
use crate::metric::Dimension;

/// Labels that every series of a metric has; a dimension may not be called like one of them.
const RESERVED: [&str; 2] = ["job", "instance"];
/// The same for `aws_resource_info`.
const RESERVED_INFO: [&str; 3] = ["job", "instance", "arn"];

/// Writes the labels of one rule's metrics.
///
/// Label names are worked out once for each order of dimension names that the rule meets, which is
/// nearly always one; values are shared with the metric.
#[derive(Debug)]
pub struct SeriesLabels {
    common: [Label; 2],
    layouts: Vec<Layout>,
}

/// How dimensions with certain names, in a certain order, become labels.
#[derive(Debug)]
struct Layout {
    dimensions: Vec<Arc<str>>,
    slots: Vec<Slot>,
}

impl SeriesLabels {
    /// For a rule whose namespace has this `job`.
    pub fn new(job: &str) -> Self {
        Self {
            common: common_labels(job),
            layouts: Vec::new(),
        }
    }

    /// `job`, an empty `instance`, and the dimensions in their order.
    pub fn of(&mut self, dimensions: &[Dimension]) -> Labels {
        let known = self
            .layouts
            .iter()
            .position(|layout| layout.fits(dimensions));
        let at = known.unwrap_or_else(|| {
            self.layouts.push(Layout::new(dimensions));
            self.layouts.len() - 1
        });
        let slots = self
            .layouts
            .get(at)
            .map(|layout| layout.slots.as_slice())
            .unwrap_or_default();
        let labels = dimensions
            .iter()
            .zip(slots)
            .filter_map(|(dimension, slot)| {
                let twin = slot.twin.and_then(|twin| dimensions.get(twin));
                let repeats = twin.is_some_and(|twin| twin.value == dimension.value);
                (!repeats).then(|| Label {
                    name: Arc::clone(&slot.name),
                    value: Arc::clone(&dimension.value),
                })
            });
        self.common.iter().cloned().chain(labels).collect()
    }
}

impl Layout {
    fn new(dimensions: &[Dimension]) -> Self {
        let wanted = |dimension: &Dimension| repair::unreserved(label(&dimension.name), &RESERVED);
        let keys = dimensions
            .iter()
            .map(|dimension| (&*dimension.name, wanted(dimension)));
        Self {
            dimensions: dimensions
                .iter()
                .map(|dimension| Arc::clone(&dimension.name))
                .collect(),
            slots: repair::distinct(keys.collect(), &RESERVED),
        }
    }

    fn fits(&self, dimensions: &[Dimension]) -> bool {
        self.dimensions
            .iter()
            .eq(dimensions.iter().map(|dimension| &dimension.name))
    }
}

/// Labels of `aws_resource_info`: `job`, an empty `instance`, `arn`, the resource's id under the
/// name of the dimension that it is compared with, and the tags in their order.
pub fn info_labels(
    job: &str,
    arn: &str,
    (dimension, id): (&str, &str),
    tags: &[(String, String)],
) -> Labels {
    let id_label = repair::unreserved(label(dimension), &RESERVED_INFO);
    let id_slot = repair::distinct(vec![(dimension, id_label)], &RESERVED_INFO);
    let [job, instance] = common_labels(job);
    let mut labels = vec![job, instance, Label::new("arn", arn)];
    labels.extend(id_slot.into_iter().map(|slot| Label {
        name: slot.name,
        value: id.into(),
    }));

    let taken: Vec<&str> = labels.iter().map(|label| &*label.name).collect();
    let keys = tags
        .iter()
        .map(|(key, _)| (key.as_str(), tag_label(key)))
        .collect();
    let slots = repair::distinct(keys, &taken);
    let tag_labels = tags.iter().zip(slots).filter_map(|((_, value), slot)| {
        let twin = slot.twin.and_then(|twin| tags.get(twin));
        let repeats = twin.is_some_and(|(_, other)| other == value);
        (!repeats).then(|| Label {
            name: slot.name,
            value: value.as_str().into(),
        })
    });
    labels.extend(tag_labels.collect::<Vec<_>>());
    labels.into_iter().collect()
}

fn common_labels(job: &str) -> [Label; 2] {
    [Label::new("job", job), Label::new("instance", "")]
}

#[cfg(test)]
mod tests {
    use common::exposition::Labels;

    use super::{SeriesLabels, info_labels};
    use crate::metric::Dimension;

    fn labels(dimensions: &[(&str, &str)]) -> Vec<(String, String)> {
        let dimensions: Vec<_> = dimensions
            .iter()
            .map(|&(name, value)| Dimension {
                name: name.into(),
                value: value.into(),
            })
            .collect();
        pairs(&SeriesLabels::new("shop").of(&dimensions)).split_off(2)
    }

    fn pairs(labels: &Labels) -> Vec<(String, String)> {
        labels
            .iter()
            .map(|label| (label.name.to_string(), label.value.to_string()))
            .collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn every_series_starts_with_its_job_and_an_empty_instance() {
        let found = SeriesLabels::new("aws_es").of(&[]);
        assert_eq!(pairs(&found), owned(&[("job", "aws_es"), ("instance", "")]));
    }

    #[test]
    fn dimensions_keep_their_order() {
        assert_eq!(
            labels(&[("NodeId", "n"), ("ClientId", "1"), ("DomainName", "d")]),
            owned(&[("node_id", "n"), ("client_id", "1"), ("domain_name", "d")])
        );
    }

    #[test]
    fn a_dimension_called_job_or_instance_is_renamed_and_not_dropped() {
        assert_eq!(
            labels(&[("Job", "nightly"), ("instance", "0")]),
            owned(&[("dimension_job", "nightly"), ("dimension_instance", "0")])
        );
        assert_eq!(
            labels(&[("Job", "a"), ("job", "b"), ("dimension_job", "c")]),
            owned(&[
                ("dimension_job", "a"),
                ("dimension_job_3", "b"),
                ("dimension_job_2", "c")
            ])
        );
    }

    #[test]
    fn a_label_that_starts_with_a_digit_gets_an_underscore() {
        assert_eq!(
            labels(&[("5xxCode", "502")]),
            owned(&[("_5xx_code", "502")])
        );
    }

    #[test]
    fn dimensions_that_read_alike_are_numbered_unless_they_say_the_same() {
        assert_eq!(
            labels(&[("a/b", "1"), ("a b", "2")]),
            owned(&[("a_b_2", "1"), ("a_b", "2")])
        );
        assert_eq!(
            labels(&[("a/b", "1"), ("a b", "1")]),
            owned(&[("a_b", "1")])
        );
    }

    #[test]
    fn label_names_do_not_depend_on_values() {
        // The third key stays `a_b_3` although the second one has nothing to add.
        assert_eq!(
            labels(&[("a b", "1"), ("a-b", "1"), ("a/b", "2")]),
            owned(&[("a_b", "1"), ("a_b_3", "2")])
        );
    }

    #[test]
    fn one_writer_serves_several_orders_of_the_same_dimensions() {
        let dimension = |name: &str| Dimension {
            name: name.into(),
            value: name.into(),
        };
        let mut writer = SeriesLabels::new("x");
        for order in [["A", "B"], ["B", "A"], ["A", "B"]] {
            let found = pairs(&writer.of(&order.map(dimension)));
            let expected = order.map(|name| (name.to_lowercase(), name.to_owned()));
            assert_eq!(found[2..], expected);
        }
        assert_eq!(writer.layouts.len(), 2);
    }

    #[test]
    fn resource_info_carries_arn_id_and_tags() {
        let tags = owned(&[
            ("Name", "web"),
            ("foo:bar", "2"),
            ("foo/bar", "1"),
            ("9", "x"),
        ]);
        assert_eq!(
            pairs(&info_labels(
                "aws_ec2",
                "arn:1",
                ("InstanceId", "i-1"),
                &tags
            )),
            owned(&[
                ("job", "aws_ec2"),
                ("instance", ""),
                ("arn", "arn:1"),
                ("instance_id", "i-1"),
                ("tag_Name", "web"),
                ("tag_foo_bar_2", "2"),
                ("tag_foo_bar", "1"),
                ("tag_9", "x"),
            ])
        );
    }

    #[test]
    fn a_tag_never_takes_the_label_of_the_resource_id() {
        let tags = owned(&[("name", "t")]);
        assert_eq!(
            pairs(&info_labels("j", "a", ("tag name", "i"), &tags)).split_off(3),
            owned(&[("tag_name", "i"), ("tag_name_2", "t")])
        );
        assert_eq!(
            pairs(&info_labels("j", "a", ("Arn", "i"), &[])).split_off(3),
            owned(&[("dimension_arn", "i")])
        );
    }
}
