//! Which datapoint of a metric is exported: the newest one that a rule's window admits, the same
//! instant for all statistics. Values of different instants are never mixed.

use crate::config::Statistic;
use crate::plan::Window;

/// The datapoints of one query: seconds since the epoch and value, in any order.
pub(super) type Points = Vec<(i64, f64)>;

/// The newest admitted instant at which any of the `wanted` statistics has a value, with the values
/// there in the order of `wanted`. `answers` holds the points of the `asked` statistics.
pub(super) fn newest(
    window: Window,
    wanted: &[Statistic],
    asked: &[Statistic],
    answers: &[Points],
) -> Option<(i64, Vec<Option<f64>>)> {
    let points_of = |statistic: &Statistic| {
        let at = asked.iter().position(|asked| asked == statistic)?;
        answers.get(at)
    };
    let newest = wanted
        .iter()
        .filter_map(points_of)
        .flatten()
        .map(|(at, _)| *at)
        .filter(|at| window.admits(*at))
        .max()?;
    let value_at = |points: &Points| {
        points
            .iter()
            .find(|(at, _)| *at == newest)
            .map(|(_, value)| *value)
    };
    Some((
        newest,
        wanted
            .iter()
            .map(|wanted| points_of(wanted).and_then(value_at))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        start: 0,
        end: 600,
        period: 60,
    };
    const BOTH: [Statistic; 2] = [Statistic::Sum, Statistic::Average];

    #[test]
    fn values_of_different_instants_are_never_mixed() {
        let answers = [vec![(540, 1.0), (480, 2.0)], vec![(480, 3.0)]];
        assert_eq!(
            newest(WINDOW, &BOTH, &BOTH, &answers),
            Some((540, vec![Some(1.0), None]))
        );
    }

    #[test]
    fn points_outside_the_window_do_not_count() {
        let answers = [vec![(600, 1.0), (-60, 2.0), (0, 3.0)], vec![]];
        assert_eq!(
            newest(WINDOW, &BOTH, &BOTH, &answers),
            Some((0, vec![Some(3.0), None]))
        );
    }

    #[test]
    fn the_order_of_points_does_not_matter() {
        let answers = [vec![(60, 1.0), (540, 2.0), (120, 3.0)], vec![(540, 4.0)]];
        assert_eq!(
            newest(WINDOW, &BOTH, &BOTH, &answers),
            Some((540, vec![Some(2.0), Some(4.0)]))
        );
    }

    #[test]
    fn a_rule_sees_only_its_own_statistics_of_a_shared_unit() {
        let asked = [Statistic::Maximum, Statistic::Sum, Statistic::Average];
        let answers = [vec![(540, 9.0)], vec![(480, 1.0)], vec![(480, 2.0)]];
        assert_eq!(
            newest(WINDOW, &BOTH, &asked, &answers),
            Some((480, vec![Some(1.0), Some(2.0)]))
        );
    }

    #[test]
    fn no_datapoint_means_no_reading() {
        assert_eq!(newest(WINDOW, &BOTH, &BOTH, &[vec![], vec![]]), None);
    }
}
