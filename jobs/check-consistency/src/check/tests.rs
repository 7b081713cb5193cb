//! The order of reports.

use super::sort;
use super::testing::{config, finding, object};
use crate::finding::{Finding, Standing};

#[test]
fn findings_stand_in_the_order_of_the_configuration_then_by_name() {
    let mut config = config(2, "");
    let mut first = config.families[0].clone();
    first.id = "first".to_owned();
    config.families.insert(0, first);
    let of = |family: &str, name: &str| Finding {
        family: family.to_owned(),
        object: object(name),
        ..finding(Standing::Equal)
    };
    let mut findings = vec![
        of("live/x", "a"),
        of("rules", "b"),
        of("secrets", "a"),
        of("first", "z"),
        of("rules", "a"),
    ];
    sort(&mut findings, &config);
    let order: Vec<_> = findings
        .iter()
        .map(|it| format!("{} {}", it.family, it.object.name))
        .collect();
    assert_eq!(
        order,
        ["first z", "rules a", "rules b", "live/x a", "secrets a"]
    );
}
